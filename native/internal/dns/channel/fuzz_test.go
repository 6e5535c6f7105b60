package channel

import (
	"bytes"
	"testing"
)

// FuzzRequest is a child that was taken, before netd looks at what it asks for.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"id":1,"ask":"learn","client":"100.96.1.2","name":"a.example","addresses":["10.50.0.10"]}` + "\n"))
	f.Add([]byte("{}\n{}\n["))
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines := 0
		_ = Read(bytes.NewReader(raw), MaxRequest, func(request Request) error {
			lines++
			if len(request.Name)+len(request.Ask) > MaxRequest {
				t.Fatalf("a line above the limit: %d bytes", len(request.Name))
			}
			return nil
		})
		// The other direction, of netd, is read by the same rules.
		_ = Read(bytes.NewReader(raw), MaxConfig, func(Line) error { return nil })
		if lines > bytes.Count(raw, []byte("\n"))+1 {
			t.Fatalf("%d requests in %q", lines, raw)
		}
	})
}
