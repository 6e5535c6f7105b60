package ending

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// process is a descriptor that turns readable when the process ends.
type process struct {
	file *os.File
}

func hold(pid int) (*process, error) {
	descriptor, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	return &process{os.NewFile(uintptr(descriptor), "process")}, nil
}

// await sleeps in the runtime's poller and takes no thread; it tells whether the process ended.
func (p *process) await() bool {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return false
	}
	return raw.Read(hasEnded) == nil
}

// hasEnded looks before anybody waits: the poller tells an end that came earlier to nobody.
func hasEnded(descriptor uintptr) bool {
	for {
		look := []unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}
		count, err := unix.Poll(look, 0)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && count == 1
		}
	}
}

func (p *process) callOff() { _ = p.file.Close() }

// release closes a second time what was called off.
func (p *process) release() { _ = p.file.Close() }
