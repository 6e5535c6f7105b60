package logfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"sallyport.dev/netd/internal/logfile"
)

func TestKeepsAFewFilesOfBoundedLength(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netd.log")
	for _, line := range []string{"one\n", "two\n", "three\n", "four\n", "five\n"} {
		// Opened for each line: a restart goes on where the former process ended.
		file, err := logfile.Open(path, logfile.Limit{Bytes: 10, Former: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for name, expected := range map[string]string{
		path: "four\nfive\n", path + ".1": "three\n", path + ".2": "one\ntwo\n", path + ".3": "",
	} {
		raw, err := os.ReadFile(name)
		if err != nil && expected != "" || string(raw) != expected {
			t.Errorf("%s: %q, %v", filepath.Base(name), raw, err)
		}
	}
}
