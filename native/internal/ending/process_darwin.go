package ending

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// process is a kernel queue that hears of its end, and of a pipe whose other end is closed.
type process struct {
	queue       int
	reader, off *os.File
}

func hold(pid int) (*process, error) {
	queue, err := unix.Kqueue()
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(queue)
	reader, off, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, unix.Close(queue))
	}
	held := &process{queue, reader, off}
	var changes [2]unix.Kevent_t
	unix.SetKevent(&changes[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	changes[0].Fflags = unix.NOTE_EXIT
	unix.SetKevent(&changes[1], int(reader.Fd()), unix.EVFILT_READ, unix.EV_ADD)
	if _, err := unix.Kevent(queue, changes[:], nil, nil); err != nil {
		held.release()
		if errors.Is(err, unix.ESRCH) {
			return nil, errGone
		}
		return nil, err
	}
	return held, nil
}

// await takes a thread of its own; it tells whether the process ended.
func (p *process) await() bool {
	var events [2]unix.Kevent_t
	count, err := unix.Kevent(p.queue, nil, events[:], nil)
	for errors.Is(err, unix.EINTR) {
		count, err = unix.Kevent(p.queue, nil, events[:], nil)
	}
	for _, event := range events[:max(count, 0)] {
		if event.Filter == unix.EVFILT_PROC {
			return true
		}
	}
	return false
}

func (p *process) callOff() { _ = p.off.Close() }

func (p *process) release() {
	_ = errors.Join(p.off.Close(), unix.Close(p.queue), p.reader.Close())
}
