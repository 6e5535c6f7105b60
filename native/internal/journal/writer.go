package journal

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	queueLines = 8192
	flushTime  = time.Second
)

// Writer passes lines on from a goroutine of its own: whoever does not read the log must not be
// able to hold up a removal. Lines that find the queue full are lost, and a later line says how many.
type Writer struct {
	lines   chan []byte
	lost    atomic.Uint64 // and not told yet
	closing chan struct{}
	ended   chan struct{}
	close   sync.Once
}

// NewWriter starts passing lines on to out.
func NewWriter(out io.Writer) *Writer {
	w := &Writer{
		lines: make(chan []byte, queueLines), closing: make(chan struct{}), ended: make(chan struct{})}
	go w.pass(out)
	return w
}

// pass ignores errors of out: there is nowhere to report that the log itself cannot be written.
func (w *Writer) pass(out io.Writer) {
	defer close(w.ended)
	own := open(out, slog.LevelWarn)
	for {
		select {
		case line := <-w.lines:
			_, _ = out.Write(line)
		case <-w.closing:
			for len(w.lines) > 0 {
				_, _ = out.Write(<-w.lines)
			}
			return
		}
		// Behind the lines that were queued, which came before those that were lost.
		if len(w.lines) > 0 {
			continue
		}
		if lost := w.lost.Swap(0); lost > 0 {
			own.Warn("log lines lost", "lines", lost)
		}
	}
}

// Write takes one line and never waits.
func (w *Writer) Write(line []byte) (int, error) {
	select {
	case w.lines <- append([]byte(nil), line...):
	default:
		w.lost.Add(1)
	}
	return len(line), nil
}

// Close waits a moment for the lines that are queued; later ones are lost.
func (w *Writer) Close() {
	w.close.Do(func() { close(w.closing) })
	select {
	case <-w.ended:
	case <-time.After(flushTime):
	}
}
