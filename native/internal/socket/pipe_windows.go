package socket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unsafe"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/peercred"
)

const (
	bufferBytes = 64 << 10
	pipeMode    = windows.PIPE_TYPE_BYTE | windows.PIPE_READMODE_BYTE |
		windows.PIPE_REJECT_REMOTE_CLIENTS
)

// pipe is what makes instances of one pipe, each for one caller. go-winio's own listener holds an
// instance back that Wine gives to the first caller, who then waits for ever.
type pipe struct {
	name       string
	descriptor *windows.SECURITY_DESCRIPTOR
	stop       windows.Handle // event
}

// instance fails for the first one where anybody serves a pipe of this name already.
func (p pipe) instance(first bool) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(p.name)
	if err != nil {
		return 0, err
	}
	flags := uint32(windows.PIPE_ACCESS_DUPLEX | windows.FILE_FLAG_OVERLAPPED)
	if first {
		flags |= windows.FILE_FLAG_FIRST_PIPE_INSTANCE
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: p.descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	made, err := windows.CreateNamedPipe(name, flags, pipeMode, windows.PIPE_UNLIMITED_INSTANCES,
		bufferBytes, bufferBytes, 0, &attributes)
	if err != nil {
		return 0, fmt.Errorf("pipe %s: %w%s", p.name, err, holder(name))
	}
	return made, nil
}

// holder tells which program serves a pipe, in words that go on; it may be anybody's and learns nothing
// of us. Empty where nobody can say.
func holder(name *uint16) string {
	opened, err := windows.CreateFile(name, windows.FILE_READ_ATTRIBUTES, 0, nil, windows.OPEN_EXISTING,
		windows.SECURITY_SQOS_PRESENT|windows.SECURITY_ANONYMOUS, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(opened) }()
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(opened, &pid); err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d serves it: %s)", pid, peercred.Peer{PID: int32(pid)}.Executable())
}

// wait blocks a thread until somebody opens the instance; it answers net.ErrClosed once the pipe
// shall end.
func (p pipe) wait(instance windows.Handle) error {
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(event) }()
	pending := overlapped(event)
	switch err := windows.ConnectNamedPipe(instance, pending); {
	case err == nil, errors.Is(err, windows.ERROR_PIPE_CONNECTED):
		return nil
	case !errors.Is(err, windows.ERROR_IO_PENDING):
		return err
	}
	which, err := windows.WaitForMultipleObjects([]windows.Handle{event, p.stop}, false,
		windows.INFINITE)
	var count uint32
	if err == nil && which == windows.WAIT_OBJECT_0 {
		return windows.GetOverlappedResult(instance, pending, &count, false)
	}
	// The system writes into pending until it says that it has given up.
	_ = windows.CancelIoEx(instance, pending)
	_ = windows.GetOverlappedResult(instance, pending, &count, true)
	return errors.Join(net.ErrClosed, err)
}

// overlapped is never on a stack, which may move while the system still writes to where it was.
//
//go:noinline
func overlapped(event windows.Handle) *windows.Overlapped {
	return &windows.Overlapped{HEvent: event}
}

// file is what go-winio makes of a handle.
type file interface {
	io.ReadWriteCloser
	SetReadDeadline(deadline time.Time) error
	SetWriteDeadline(deadline time.Time) error
	Fd() uintptr
}

// conn is one caller's instance.
type conn struct {
	file
	name address
}

func openConn(instance windows.Handle, name string) (net.Conn, error) {
	opened, err := winio.NewOpenFile(instance)
	if err != nil {
		return nil, errors.Join(err, windows.CloseHandle(instance))
	}
	held, ok := opened.(file)
	if !ok {
		return nil, errors.Join(errors.New("a file without deadlines"), opened.Close())
	}
	return conn{held, address(name)}, nil
}

// LocalAddr is the pipe's name.
func (c conn) LocalAddr() net.Addr { return c.name }

// RemoteAddr is the pipe's name, too: callers have none.
func (c conn) RemoteAddr() net.Addr { return c.name }

// SetDeadline sets both.
func (c conn) SetDeadline(deadline time.Time) error {
	return errors.Join(c.SetReadDeadline(deadline), c.SetWriteDeadline(deadline))
}

type address string

// Network implements net.Addr.
func (address) Network() string { return "pipe" }

func (a address) String() string { return string(a) }
