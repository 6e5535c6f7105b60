package daemon

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
)

// onDisk answers everything that stands in files below a folder.
func onDisk(t *testing.T, dir string) string {
	t.Helper()
	all := strings.Builder{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestGrantsAndLeasesNeverReachTheDisk(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	config := r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))
	grant := r.grant(1, "jti-that-stays-in-memory")
	leases := r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()), "jti-that-stays-in-memory"))
	c.Do("grants", grantsOf([]string{grant}, nil))
	c.Do("leases", claims{"jws": leases})
	c.Do("config", claims{"jws": config})
	r.stop()
	text := onDisk(t, r.dir)
	if !strings.Contains(text, config) {
		t.Fatal("the search does not find the config, so it would find nothing")
	}
	for _, token := range []string{grant, leases} {
		if strings.Contains(text, strings.Split(token, ".")[1]) {
			t.Fatal("a signed object was written down")
		}
	}
	if strings.Contains(text, "jti-that-stays-in-memory") {
		t.Fatal("the id of a grant was written down")
	}
	r.start()
}

// listening answers the local ends of this process's listening TCP sockets.
func listening(t *testing.T) []string {
	t.Helper()
	ours := map[string]bool{}
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, descriptor := range descriptors {
		// The descriptor of this very listing is gone by now.
		if target, err := os.Readlink("/proc/self/fd/" + descriptor.Name()); err == nil {
			ours[target] = true
		}
	}
	found := []string{}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		raw, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(raw), "\n")[1:] {
			fields := strings.Fields(line)
			if len(fields) > 9 && fields[3] == "0A" && ours[fmt.Sprintf("socket:[%s]", fields[9])] {
				found = append(found, fields[1])
			}
		}
	}
	return found
}

// CVE-2022-41924 and CVE-2022-41925: pages of other sites and peers reach what listens on a port.
func TestAttackNothingOfNetdListensOnTCP(t *testing.T) {
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if found := listening(t); len(found) != 1 {
		t.Fatalf("the control is not seen: %v", found)
	}
	if err := control.Close(); err != nil {
		t.Fatal(err)
	}
	r := newRig(t)
	r.deviceUp()
	if found := listening(t); len(found) != 0 {
		t.Fatalf("netd listens: %v", found)
	}
}
