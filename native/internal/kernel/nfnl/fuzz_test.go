//go:build linux

package nfnl

import (
	"testing"
	"time"
)

// FuzzMessage reads arbitrary bytes as everything that the kernel sends us.
func FuzzMessage(f *testing.F) {
	batch := NewBatch("sallyport")
	batch.Put("live4", []Element{{Key: []byte{100, 96, 1, 2}, Timeout: time.Minute}})
	batch.Add("atom4", []Element{{
		Key: make([]byte, 12), End: make([]byte, 12), Data: []byte{1, 2, 3, 0},
	}})
	for _, message := range batch.messages {
		f.Add(message.Data)
	}
	f.Add([]byte{1, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 4, 0, 6, 0, 0, 200})
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = Owner(raw)
		_, _ = readElements(raw)
		_, _ = readComment(raw)
		_, _, _, _ = readCounter(raw)
		_ = comment(raw)
		_ = readChain(raw)
	})
}

// FuzzElement: what is written is read back.
func FuzzElement(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, []byte{1, 2, 3, 9}, []byte{7}, int64(1000))
	f.Fuzz(func(t *testing.T, key, end, data []byte, milliseconds int64) {
		const most = 64 // the kernel's limit of a key
		if len(key) == 0 || len(key) > most || len(end) > most || len(data) > most ||
			milliseconds < 0 || milliseconds > 1<<40 {
			return
		}
		element := Element{Key: key, Timeout: time.Duration(milliseconds) * time.Millisecond}
		if len(end) > 0 {
			element.End = end
		}
		if len(data) > 0 {
			element.Data = data
		}
		batch := NewBatch("t")
		batch.Add("s", []Element{element})
		if batch.err != nil {
			t.Fatal(batch.err)
		}
		held, err := readElements(batch.messages[0].Data)
		if err != nil || len(held) != 1 || string(held[0].Key) != string(key) ||
			string(held[0].End) != string(end) || string(held[0].Data) != string(data) {
			t.Fatalf("%+v came back as %+v, %v", element, held, err)
		}
	})
}
