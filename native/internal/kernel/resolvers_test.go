//go:build linux

package kernel

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// extracted is a folder with Debian's resolvers unpacked: `npm run test:resolvers` makes it.
const extracted = "SALLYPORT_RESOLVERS"

const unboundConfig = `server:
  interface: 10.50.0.10
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  pidfile: ""
  directory: "/"
  use-syslog: no
  do-daemonize: no
  do-not-query-localhost: no
  local-zone: "corp.example." static
  local-data: "wiki.corp.example. 60 A 10.50.0.10"
  local-data: "wiki.corp.example. 60 AAAA fd50::10"
  local-data: "long.apps.corp.example. 60 A 10.50.0.10"
  local-zone: "50.10.in-addr.arpa." static
  local-data-ptr: "10.50.0.10 wiki.corp.example"
remote-control:
  control-enable: no
`

// siteResolvers are command lines of real resolvers that know the lab's names.
func siteResolvers(t *testing.T, folder string) map[string][]string {
	long := []string{}
	config := unboundConfig
	for index := range 90 {
		address := "10.50.0." + string(rune('1'+index/10)) + string(rune('0'+index%10))
		long = append(long, "--host-record=long.apps.corp.example,"+address)
		config = strings.Replace(config, "remote-control", `  local-data: "long.apps.corp.example. 60 A `+
			address+"\"\nremote-control", 1)
	}
	file := filepath.Join(t.TempDir(), "unbound.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string][]string{
		"unbound": {filepath.Join(folder, "usr/sbin/unbound"), "-d", "-c", file},
		"dnsmasq": append([]string{filepath.Join(folder, "usr/sbin/dnsmasq"), "--keep-in-foreground",
			"--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file=",
			"--listen-address=10.50.0.10", "--bind-interfaces", "--local=/corp.example/",
			"--host-record=wiki.corp.example,10.50.0.10,fd50::10"}, long...),
	}
}

func TestRealResolversOfASite(t *testing.T) {
	folder := os.Getenv(extracted)
	if folder == "" {
		t.Skip("no unpacked resolvers here: run `npm run test:resolvers`")
	}
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLabWithout(t)
	n.open(t)
	for name, line := range siteResolvers(t, folder) {
		command := exec.Command(line[0], line[1:]...)
		command.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(folder, "usr/lib/x86_64-linux-gnu"))
		said := &strings.Builder{}
		command.Stdout, command.Stderr = io.Discard, said
		n.resource.Do(func() {
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
		})
		t.Run(name, func(t *testing.T) { answersLikeASite(t, name) })
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Logf("%s: %s", name, said)
		}
	}
}

// answersLikeASite asks the device's stub for every kind of thing that a real resolver knows.
func answersLikeASite(t *testing.T, what string) {
	t.Helper()
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		if m := resolved(t, "udp", "wiki.corp.example.", kind); len(m.Answer) != 1 {
			t.Errorf("%s: %v", what, m)
		}
	}
	if m := askStub(t, "udp", "absent.apps.corp.example.", dns.TypeA); m.Rcode != dns.RcodeNameError {
		t.Errorf("%s: an absent name: %v", what, m)
	}
	if m := askStub(t, "udp", "long.apps.corp.example.", dns.TypeA); !m.Truncated {
		t.Errorf("%s: a long answer by UDP: %d records", what, len(m.Answer))
	}
	if m := askStub(t, "tcp", "long.apps.corp.example.", dns.TypeA); len(m.Answer) < 60 {
		t.Errorf("%s: a long answer by TCP: %d records", what, len(m.Answer))
	}
	m := askStub(t, "udp", "10.0.50.10.in-addr.arpa.", dns.TypePTR)
	if m.Rcode != dns.RcodeSuccess || !strings.Contains(m.String(), "wiki.corp.example.") {
		t.Errorf("%s: a reverse name: %v", what, m)
	}
}
