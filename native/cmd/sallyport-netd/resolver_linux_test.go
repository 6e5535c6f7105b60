package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/kernel/nstest"
)

const formerResolvers = "search cafe.example\nnameserver 192.0.2.53\n"

// ownResolvConf gives the namespace a resolv.conf of its own, and no system bus.
func ownResolvConf(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte(formerResolvers), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, mount := range []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"tmpfs", "/run", "tmpfs", 0},
		{file, "/etc/resolv.conf", "", unix.MS_BIND},
	} {
		if err := unix.Mount(mount.source, mount.target, mount.kind, mount.flags, ""); err != nil {
			nstest.Unavailable(t, "no resolv.conf of its own: "+err.Error())
		}
	}
}

func resolvConf(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// codeOf asks the resolver that the file names first, as every program does; a machine that is busy
// may start it only now.
func codeOf(t *testing.T, name string) string {
	t.Helper()
	config, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil || len(config.Servers) != 1 {
		t.Fatalf("%v, %v", config, err)
	}
	client := dns.Client{Timeout: 6 * time.Second}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		answer, _, err := client.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), config.Servers[0]+":53")
		if err == nil {
			return dns.RcodeToString[answer.Rcode]
		}
		if time.Now().After(deadline) {
			return err.Error()
		}
	}
}

func TestTheMachinesResolverIsTakenAndComesBack(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	ownResolvConf(t)
	p := newProgram(t, "--system-resolver")
	a := p.enrol(fakecontroller.DeviceURI)
	tunnel := fakecontroller.Tunnel(1, time.Now().Unix())
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(tunnel)}))
	protected := "7.0.50.10.in-addr.arpa."
	if code := codeOf(t, protected); code != "SERVFAIL" {
		t.Errorf("a protected reverse name: %s\n%s", code, resolvConf(t))
	}
	p.end(syscall.SIGKILL)
	if strings.Contains(resolvConf(t), "\nnameserver 192.0.2.53") {
		t.Errorf("with netd dead names go outside:\n%s", resolvConf(t))
	}
	p.start()
	if code := codeOf(t, protected); code != "SERVFAIL" {
		t.Errorf("after a start without an agent: %s", code)
	}
	p.end(syscall.SIGTERM)
	if code := p.withdraw(); code != 0 || resolvConf(t) != formerResolvers {
		t.Errorf("exit code %d, and then:\n%s", code, resolvConf(t))
	}
	p.start()
	b := p.enrol(fakecontroller.DeviceURI)
	p.expectSteps(b.Do("config", claims{"jws": p.c.SignConfig(tunnel)}))
	b.Do("leave", claims{})
	if resolvConf(t) != formerResolvers {
		t.Errorf("after leaving:\n%s", resolvConf(t))
	}
}
