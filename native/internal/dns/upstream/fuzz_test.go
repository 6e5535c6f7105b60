//go:build linux || windows

package upstream

import (
	"bytes"
	"testing"
)

// FuzzFrame reads whatever a resolver sends over TCP.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\x00\x02ab"))
	f.Add([]byte("\xff\xffshort"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		message, err := ReadFrame(bytes.NewReader(raw))
		if err != nil {
			return
		}
		framed := &bytes.Buffer{}
		if err := WriteFrame(framed, message); err == nil && !bytes.HasPrefix(raw, framed.Bytes()) {
			t.Fatalf("%q was read of %q", message, raw)
		}
	})
}
