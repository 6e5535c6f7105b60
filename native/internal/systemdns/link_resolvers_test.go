//go:build linux

package systemdns

import (
	"fmt"
	"path/filepath"
	"testing"
)

func TestResolversOfTheLinksAreReadFromEveryFile(t *testing.T) {
	folder := t.TempDir()
	usual, ours := filepath.Join(folder, "usual"), filepath.Join(folder, "ours")
	write(t, usual, "# nameserver 10.0.0.9\nsearch corp.example\nnameserver 10.0.0.1\n"+
		" nameserver  fd50::1 # x\nnameserver fe80::1%eth0\nnameserver not-an-address\nnameserver\n")
	write(t, ours, head+"nameserver 100.96.1.2\n#| # of the link\n#| nameserver 10.0.0.2\n")
	found, err := linkResolvers([]string{usual, filepath.Join(folder, "missing"), ours})
	if got := fmt.Sprint(found, err); got != "[10.0.0.1 fd50::1 10.0.0.2] <nil>" {
		t.Errorf("resolvers: %s", got)
	}
	if found, err := linkResolvers([]string{usual, folder}); err == nil {
		t.Errorf("a folder was read as a file: %v", found)
	}
}
