package ending

import (
	"fmt"
	"sync"

	"golang.org/x/sys/windows"
)

// Watch holds one handle for each watched process; a number that is given to a later process is not
// mistaken for it.
type Watch struct {
	ended func(pid int)

	mutex sync.Mutex
	held  map[int]windows.Handle // events that call the waiting off
}

// New makes a watch; ended is called from any goroutine, once for each process.
func New(ended func(pid int)) *Watch {
	return &Watch{ended: ended, held: map[int]windows.Handle{}}
}

// Keep watches exactly these processes from now on. One that is gone already is told at once.
func (w *Watch) Keep(pids []int) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	wanted := map[int]bool{}
	for _, pid := range pids {
		wanted[pid] = true
		if _, held := w.held[pid]; held {
			continue
		}
		process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
		if err == windows.ERROR_INVALID_PARAMETER {
			go w.ended(pid)
			continue
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
		off, err := windows.CreateEvent(nil, 1, 0, nil)
		if err != nil {
			_ = windows.CloseHandle(process)
			return fmt.Errorf("process %d: %w", pid, err)
		}
		w.held[pid] = off
		go w.wait(pid, process, off)
	}
	for pid, off := range w.held {
		if !wanted[pid] {
			delete(w.held, pid)
			_ = windows.SetEvent(off)
		}
	}
	return nil
}

// wait takes a thread of its own until the process ends or nobody wants to know any more.
func (w *Watch) wait(pid int, process, off windows.Handle) {
	which, err := windows.WaitForMultipleObjects([]windows.Handle{process, off}, false,
		windows.INFINITE)
	w.mutex.Lock()
	if w.held[pid] == off {
		delete(w.held, pid)
	}
	w.mutex.Unlock()
	_ = windows.CloseHandle(process)
	_ = windows.CloseHandle(off)
	if err == nil && which == windows.WAIT_OBJECT_0 {
		w.ended(pid)
	}
}
