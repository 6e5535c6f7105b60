package socket

import (
	"context"
	"net"
	"time"

	"github.com/Microsoft/go-winio"

	"sallyport.dev/netd/internal/peercred"
)

const (
	// A caller that says nothing for so long is nobody's.
	introductionTime = 5 * time.Second
	strangersMax     = 64

	owners = "(A;;GA;;;SY)(A;;GA;;;BA)"
	// Users read and write; none of them may serve a pipe of this name beside us (0x4), and nobody
	// comes from the network.
	users = "(D;;GA;;;NU)(A;;0x12019b;;;AU)"
)

// Listen makes a pipe and fails where somebody serves one of that name already. Remote clients are
// rejected by the pipe itself. Each connection that Accept gives has told who it is.
func Listen(name string, access Access) (net.Listener, error) {
	rights := "D:P" + owners
	if access.Everybody {
		rights = "D:P" + users + owners
	}
	pipe, err := winio.ListenPipe(name, &winio.PipeConfig{SecurityDescriptor: rights})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &listener{Listener: pipe, met: make(chan net.Conn), stop: stop, broken: make(chan error, 1)}
	go l.receive(ctx)
	return l, nil
}

// listener asks callers for their first word beside each other, so that a silent one holds up none.
type listener struct {
	net.Listener
	met    chan net.Conn
	broken chan error
	stop   context.CancelFunc
}

// Accept returns the next caller that is known.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.met:
		return conn, nil
	case err := <-l.broken:
		l.broken <- err
		return nil, err
	}
}

// Close ends the pipe; callers that are not known yet are hung up on.
func (l *listener) Close() error {
	l.stop()
	return l.Listener.Close()
}

func (l *listener) receive(ctx context.Context) {
	strangers := make(chan struct{}, strangersMax)
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			l.broken <- net.ErrClosed
			return
		}
		select {
		case strangers <- struct{}{}:
			go func() {
				defer func() { <-strangers }()
				l.meet(ctx, conn)
			}()
		default:
			_ = conn.Close()
		}
	}
}

func (l *listener) meet(ctx context.Context, conn net.Conn) {
	known, err := peercred.Meet(conn, introductionTime)
	if err != nil {
		_ = conn.Close()
		return
	}
	select {
	case l.met <- known:
	case <-ctx.Done():
		_ = conn.Close()
	}
}
