package ipc

import (
	"bufio"
	"errors"
	"io"
	"slices"
)

// MaxLineBytes bounds one request or answer.
const MaxLineBytes = 8 << 20

// errTooLong means that a line was longer than allowed; it was read to its end and dropped.
var errTooLong = errors.New("line is too long")

// lineReader cuts a stream into lines without ever holding more than maxBytes of one.
type lineReader struct {
	reader   *bufio.Reader
	maxBytes int
	// begun is called at the first byte of a line with true, at its end with false.
	begun func(inside bool)
}

func newLineReader(source io.Reader, maxBytes int, begun func(inside bool)) *lineReader {
	return &lineReader{bufio.NewReaderSize(source, 64<<10), maxBytes, begun}
}

// next answers one line without its end; a last line without an end is not a line.
func (l *lineReader) next() ([]byte, error) {
	if _, err := l.reader.Peek(1); err != nil {
		return nil, err
	}
	l.begun(true)
	defer l.begun(false)
	line := []byte{}
	tooLong := false
	for {
		piece, err := l.reader.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		ended := err == nil
		if ended {
			piece = piece[:len(piece)-1]
		}
		if len(line)+len(piece) > l.maxBytes {
			tooLong, line = true, nil
		}
		if !tooLong {
			if cap(line)-len(line) < len(piece) {
				// Twice the room each time: of itself it grows by a quarter, and copies a long line five times.
				line = slices.Grow(line, len(line)+len(piece))
			}
			line = append(line, piece...)
		}
		if ended && tooLong {
			return nil, errTooLong
		}
		if ended {
			return line, nil
		}
	}
}
