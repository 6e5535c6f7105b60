// Package golden compares printed text with a file beside the test. Production code never imports
// it. `UPDATE_GOLDEN=1 go test ./...` writes the files anew; read the difference before committing.
package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// Check fails when text differs from testdata/name.
func Check(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != text {
		t.Errorf("%s differs; now it is:\n%s", path, text)
	}
}
