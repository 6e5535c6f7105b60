// Package ending tells when processes of others end, without looking at them meanwhile.
package ending

import (
	"errors"
	"fmt"
	"sync"
)

// MaxProcesses is how many are watched at most.
const MaxProcesses = 64

// errGone is what hold answers for a process that has ended already.
var errGone = errors.New("no such process")

// Watch holds each watched process by something that means it alone: a number that is given to a
// later process is not mistaken for it.
type Watch struct {
	ended func(pid int)

	mutex sync.Mutex
	held  map[int]*process
}

// New makes a watch; ended is called from any goroutine, once for each process.
func New(ended func(pid int)) *Watch {
	return &Watch{ended: ended, held: map[int]*process{}}
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
		held, err := hold(pid)
		if errors.Is(err, errGone) {
			go w.ended(pid)
			continue
		}
		if err != nil {
			return fmt.Errorf("process %d: %w", pid, err)
		}
		w.held[pid] = held
		go w.wait(pid, held)
	}
	for pid, held := range w.held {
		if !wanted[pid] {
			delete(w.held, pid)
			held.callOff()
		}
	}
	return nil
}

// wait ends with the process, or once nobody wants to know any more.
func (w *Watch) wait(pid int, held *process) {
	ended := held.await()
	w.mutex.Lock()
	mine := w.held[pid] == held
	if mine {
		delete(w.held, pid)
	}
	w.mutex.Unlock()
	held.release()
	if ended && mine {
		w.ended(pid)
	}
}
