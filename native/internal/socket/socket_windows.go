package socket

import (
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/peercred"
)

const (
	// A caller that says nothing for so long is nobody's.
	introductionTime = 5 * time.Second
	maxStrangers     = 64
	// acceptors is how many instances wait for callers at any time; each takes a thread.
	acceptors = 2
	// A pipe that cannot be made anew, for want of memory perhaps, is tried again after this.
	againAfter = time.Second

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
	descriptor, err := windows.SecurityDescriptorFromString(rights)
	if err != nil {
		return nil, err
	}
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, err
	}
	l := &listener{
		pipe: pipe{name, descriptor, stop}, strangers: make(chan struct{}, maxStrangers),
		met: make(chan net.Conn), ended: make(chan struct{}),
	}
	first, err := l.pipe.instance(true)
	if err != nil {
		return nil, errors.Join(err, windows.CloseHandle(stop))
	}
	l.all.Go(func() { l.receive(first) })
	for range acceptors - 1 {
		l.all.Go(func() { l.receive(0) })
	}
	return l, nil
}

// listener asks callers for their first word beside each other, so that a silent one holds up none.
type listener struct {
	pipe      pipe
	strangers chan struct{}
	met       chan net.Conn
	ended     chan struct{}
	end       sync.Once
	all       sync.WaitGroup
}

// Accept returns the next caller that is known.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case known := <-l.met:
		return known, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

// Addr is the pipe's name.
func (l *listener) Addr() net.Addr { return address(l.pipe.name) }

// Close ends the pipe; callers that are not known yet are hung up on.
func (l *listener) Close() error {
	l.end.Do(func() {
		close(l.ended)
		_ = windows.SetEvent(l.pipe.stop)
		l.all.Wait()
		_ = windows.CloseHandle(l.pipe.stop)
	})
	return nil
}

// receive hands one caller after another over, from an instance or, for 0, from a new one.
func (l *listener) receive(instance windows.Handle) {
	for {
		var err error
		if instance == 0 {
			instance, err = l.pipe.instance(false)
		}
		if err == nil {
			err = l.take(instance)
		}
		instance = 0
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			continue
		}
		select {
		case <-l.ended:
			return
		case <-time.After(againAfter):
		}
	}
}

func (l *listener) take(instance windows.Handle) error {
	if err := l.pipe.wait(instance); err != nil {
		_ = windows.CloseHandle(instance)
		if errors.Is(err, windows.ERROR_NO_DATA) { // gone again
			return nil
		}
		return err
	}
	caller, err := openConn(instance, l.pipe.name)
	if err != nil {
		return err
	}
	select {
	case l.strangers <- struct{}{}:
		go func() {
			defer func() { <-l.strangers }()
			l.meet(caller)
		}()
	default:
		_ = caller.Close()
	}
	return nil
}

func (l *listener) meet(caller net.Conn) {
	known, err := peercred.Meet(caller, introductionTime)
	if err != nil {
		_ = caller.Close()
		return
	}
	select {
	case l.met <- known:
	case <-l.ended:
		_ = caller.Close()
	}
}
