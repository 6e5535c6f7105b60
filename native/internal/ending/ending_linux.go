package ending

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Watch holds one descriptor for each watched process; a number that is given to a later process
// is not mistaken for it.
type Watch struct {
	ended func(pid int)

	mutex sync.Mutex
	held  map[int]*os.File
}

// New makes a watch; ended is called from any goroutine, once for each process.
func New(ended func(pid int)) *Watch {
	return &Watch{ended: ended, held: map[int]*os.File{}}
}

// Keep watches exactly these processes from now on. One that is gone already is told at once.
func (w *Watch) Keep(pids []int) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	wanted := map[int]bool{}
	for _, pid := range pids {
		wanted[pid] = true
		if w.held[pid] != nil {
			continue
		}
		descriptor, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
		if errors.Is(err, unix.ESRCH) {
			go w.ended(pid)
			continue
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
		file := os.NewFile(uintptr(descriptor), "process")
		w.held[pid] = file
		go w.wait(pid, file)
	}
	for pid, file := range w.held {
		if !wanted[pid] {
			w.drop(pid, file)
		}
	}
	return nil
}

// wait sleeps in the runtime's poller until the descriptor turns readable, which is the end of the
// process, or is closed.
func (w *Watch) wait(pid int, file *os.File) {
	raw, err := file.SyscallConn()
	if err == nil {
		err = untilReadable(raw)
	}
	w.mutex.Lock()
	mine := w.held[pid] == file
	if mine {
		w.drop(pid, file)
	}
	w.mutex.Unlock()
	if err == nil && mine {
		w.ended(pid)
	}
}

func untilReadable(raw syscall.RawConn) error {
	asked := false
	return raw.Read(func(uintptr) bool {
		again := asked
		asked = true
		return again
	})
}

// drop forgets a process; the caller holds the mutex.
func (w *Watch) drop(pid int, file *os.File) {
	delete(w.held, pid)
	_ = file.Close()
}
