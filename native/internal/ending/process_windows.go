package ending

import (
	"errors"

	"golang.org/x/sys/windows"
)

// process is a handle beside an event that calls the waiting off.
type process struct {
	handle, off windows.Handle
}

func hold(pid int) (*process, error) {
	handle, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	off, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, errors.Join(err, windows.CloseHandle(handle))
	}
	return &process{handle, off}, nil
}

// await takes a thread of its own; it tells whether the process ended.
func (p *process) await() bool {
	which, err := windows.WaitForMultipleObjects([]windows.Handle{p.handle, p.off}, false,
		windows.INFINITE)
	return err == nil && which == windows.WAIT_OBJECT_0
}

func (p *process) callOff() { _ = windows.SetEvent(p.off) }

func (p *process) release() {
	_ = errors.Join(windows.CloseHandle(p.handle), windows.CloseHandle(p.off))
}
