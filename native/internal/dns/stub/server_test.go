//go:build linux

package stub

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// failing is a socket whose reads meet these errors, one after the other.
type failing struct {
	errors []error
}

func (f *failing) next() error {
	err := f.errors[0]
	f.errors = f.errors[1:]
	return err
}

func (f *failing) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, f.next() }
func (f *failing) Accept() (net.Conn, error)              { return nil, f.next() }
func (f *failing) WriteTo([]byte, net.Addr) (int, error)  { return 0, nil }
func (f *failing) Addr() net.Addr                         { return nil }
func (f *failing) LocalAddr() net.Addr                    { return nil }
func (f *failing) Close() error                           { return nil }
func (f *failing) SetDeadline(time.Time) error            { return nil }
func (f *failing) SetReadDeadline(time.Time) error        { return nil }
func (f *failing) SetWriteDeadline(time.Time) error       { return nil }

func TestABrokenSocketIsToldAndErrorsOfThePathAreNot(t *testing.T) {
	server := NewServer(&opener{})
	passing := []error{&net.OpError{Err: unix.ECONNREFUSED}, unix.EHOSTUNREACH, unix.EBADF}
	err := server.ServePackets(t.Context(), &failing{passing})
	if !errors.Is(err, unix.EBADF) {
		t.Errorf("packets: %v", err)
	}
	err = server.ServeStreams(t.Context(), &failing{append([]error{unix.EMFILE}, passing...)})
	if !errors.Is(err, unix.EBADF) {
		t.Errorf("streams: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.ServePackets(ended, &failing{[]error{net.ErrClosed}}); err != nil {
		t.Errorf("at the end: %v", err)
	}
}
