package store

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzRecord: what is read is written back to the same.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"current":"a.b.c","former":"","confirmed":true}`))
	f.Add([]byte(`{"current":"\u2028","former":"x","confirmed":false}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		record, err := ParseRecord(raw)
		if err != nil {
			return
		}
		again, err := record.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		// Escapes may make it longer than a file may be; a shorter one must come back.
		if second, err := ParseRecord(again); len(again) <= maxFileBytes && second != record {
			t.Fatalf("%s became %s: %v", raw, again, err)
		}
	})
}

// FuzzInside: what is read is written back to the same.
func FuzzInside(f *testing.F) {
	f.Add([]byte(`{"prefixes":["10.50.0.0/24","fd50::/64"]}`))
	f.Add([]byte(`{"prefixes":["10.50.0.1/24"]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		prefixes, err := ParseInside(raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(map[string]any{"prefixes": prefixes})
		if err != nil {
			t.Fatal(err)
		}
		if second, err := ParseInside(again); !slices.Equal(second, prefixes) {
			t.Fatalf("%s became %s: %v", raw, again, err)
		}
	})
}
