package store

import "testing"

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
