package ending

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Watch holds one kernel queue for each watched process: it hears of the process that had the
// number when the watch began, and of no later one.
type Watch struct {
	ended func(pid int)

	mutex sync.Mutex
	held  map[int]*os.File // the write ends of pipes that call the waiting off
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
		if err := w.begin(pid); err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
	}
	for pid, off := range w.held {
		if !wanted[pid] {
			delete(w.held, pid)
			_ = off.Close()
		}
	}
	return nil
}

// begin starts to watch one process; the caller holds the mutex.
func (w *Watch) begin(pid int) error {
	queue, err := unix.Kqueue()
	if err != nil {
		return err
	}
	unix.CloseOnExec(queue)
	reader, off, err := os.Pipe()
	if err != nil {
		return errors.Join(err, unix.Close(queue))
	}
	var changes [2]unix.Kevent_t
	unix.SetKevent(&changes[0], pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	changes[0].Fflags = unix.NOTE_EXIT
	unix.SetKevent(&changes[1], int(reader.Fd()), unix.EVFILT_READ, unix.EV_ADD)
	if _, err := unix.Kevent(queue, changes[:], nil, nil); err != nil {
		closing := errors.Join(unix.Close(queue), reader.Close(), off.Close())
		if errors.Is(err, unix.ESRCH) {
			go w.ended(pid)
			return nil
		}
		return errors.Join(err, closing)
	}
	w.held[pid] = off
	go w.wait(pid, queue, reader, off)
	return nil
}

// wait takes a thread of its own until the process ends or nobody wants to know any more.
func (w *Watch) wait(pid, queue int, reader, off *os.File) {
	var events [2]unix.Kevent_t
	count, err := unix.Kevent(queue, nil, events[:], nil)
	for errors.Is(err, unix.EINTR) {
		count, err = unix.Kevent(queue, nil, events[:], nil)
	}
	gone := false
	for _, event := range events[:max(count, 0)] {
		gone = gone || event.Filter == unix.EVFILT_PROC
	}
	w.mutex.Lock()
	mine := w.held[pid] == off
	if mine {
		delete(w.held, pid)
		_ = off.Close()
	}
	w.mutex.Unlock()
	_ = errors.Join(unix.Close(queue), reader.Close())
	if err == nil && gone && mine {
		w.ended(pid)
	}
}
