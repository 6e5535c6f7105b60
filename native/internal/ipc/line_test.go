package ipc

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
)

// FuzzLines compares the reader with bytes.Split, however the stream is cut.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\n\nlonger than the limit\nend without"), uint8(9))
	f.Add([]byte("\n\n"), uint8(0))
	f.Fuzz(func(t *testing.T, stream []byte, most uint8) {
		want := bytes.Split(stream, []byte("\n"))
		want = want[:len(want)-1]
		for _, source := range []io.Reader{
			bytes.NewReader(stream), iotest.OneByteReader(bytes.NewReader(stream)),
		} {
			inside := 0
			lines := newLineReader(source, int(most), func(begun bool) {
				if begun {
					inside++
				} else {
					inside--
				}
			})
			got := [][]byte{}
			for {
				line, err := lines.next()
				if errors.Is(err, errTooLong) {
					line = nil
				} else if err != nil {
					break
				}
				got = append(got, line)
			}
			same := slices.EqualFunc(got, want, func(got, want []byte) bool {
				if len(want) > int(most) {
					return got == nil
				}
				return got != nil && bytes.Equal(got, want)
			})
			if !same || inside != 0 {
				t.Fatalf("%q (at most %d) became %q; %d begun", stream, most, got, inside)
			}
		}
	})
}
