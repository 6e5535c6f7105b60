//go:build linux

package systemdns

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// extracted is a folder with Debian's packages systemd-resolved and dnsmasq-base unpacked, never
// installed: `npm run test:resolvers` makes it.
const extracted = "SALLYPORT_RESOLVERS"

func programOf(t *testing.T, path string) string {
	t.Helper()
	folder := os.Getenv(extracted)
	if folder == "" {
		t.Skip("no unpacked resolvers here: run `npm run test:resolvers`")
	}
	return filepath.Join(folder, path)
}

// ears keeps what a program writes.
type ears struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (e *ears) Write(raw []byte) (int, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.text.Write(raw)
}

func (e *ears) heard(word string) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return strings.Contains(e.text.String(), word)
}

func launch(t *testing.T, out io.Writer, path string, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(path, arguments...)
	command.Stdout, command.Stderr = out, out
	command.Env = append(os.Environ(), "SYSTEMD_LOG_TARGET=console", "LD_LIBRARY_PATH="+
		filepath.Join(os.Getenv(extracted), "usr/lib/x86_64-linux-gnu"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

// machine gives the namespace files of its own where resolved and the bus want some.
func machine(t *testing.T) {
	t.Helper()
	mount := func(source, target, kind string, flags uintptr) {
		if err := unix.Mount(source, target, kind, flags, ""); err != nil {
			t.Fatalf("mount %s: %v", target, err)
		}
	}
	mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE)
	mount("tmpfs", "/run", "tmpfs", 0)
	for _, folder := range []string{"/run/dbus", "/run/systemd/resolve"} {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	passwd, _ := os.ReadFile("/etc/passwd")
	write(t, "/run/passwd", string(passwd)+"systemd-resolve:x:992:992::/:/usr/sbin/nologin\n")
	group, _ := os.ReadFile("/etc/group")
	write(t, "/run/group", string(group)+"systemd-resolve:x:992:\n")
	write(t, "/run/resolv.conf", "nameserver 127.0.0.53\noptions edns0\n")
	for _, name := range []string{"passwd", "group", "resolv.conf"} {
		mount("/run/"+name, "/etc/"+name, "", unix.MS_BIND)
	}
	if err := os.Chown("/run/systemd/resolve", 992, 992); err != nil {
		t.Fatal(err)
	}
	write(t, "/run/dbus/system.conf", `<busconfig><type>system</type><user>root</user>
<listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_type="method_return"/><allow send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="signal"/><allow receive_type="method_return"/>
<allow receive_type="error"/></policy></busconfig>`)
}

// until waits for something that another program does soon.
func until(t *testing.T, what string, happened func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !happened() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in time", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// insideStub answers for everything and remembers what it was asked.
type insideStub struct {
	mutex sync.Mutex
	asked []string
}

func (s *insideStub) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	s.mutex.Lock()
	s.asked = append(s.asked, strings.ToLower(q.Question[0].Name))
	s.mutex.Unlock()
	answer := new(dns.Msg).SetReply(q)
	if q.Question[0].Qtype == dns.TypeA {
		record, _ := dns.NewRR(q.Question[0].Name + " 30 A 10.50.0.10")
		answer.Answer = []dns.RR{record}
	}
	_ = w.WriteMsg(answer)
}

func (s *insideStub) heard(name string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Contains(s.asked, name)
}

func look(name string) string {
	client := dns.Client{Timeout: 5 * time.Second}
	answer, _, err := client.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), stubOfResolved+":53")
	if err != nil || len(answer.Answer) == 0 {
		return ""
	}
	address, ok := answer.Answer[len(answer.Answer)-1].(*dns.A)
	if !ok {
		return ""
	}
	return address.A.String()
}

func TestSystemdResolvedAsksUsForOursAndOthersForTheRest(t *testing.T) {
	resolvedProgram, dnsmasq := programOf(t, "lib/systemd/systemd-resolved"), programOf(t, "usr/sbin/dnsmasq")
	if !nstest.Isolate(t) {
		return
	}
	machine(t)
	cafe := nstest.NewNamespace(t)
	nstest.Run(t, "ip", "link", "add", "wan0", "type", "veth", "peer", "name", "cafe0")
	cafe.Adopt(t, "cafe0")
	nstest.Run(t, "ip", "addr", "add", "192.0.2.2/24", "dev", "wan0")
	nstest.Run(t, "ip", "link", "set", "wan0", "up")
	cafe.Run(t, "ip", "addr", "add", "192.0.2.53/24", "dev", "cafe0")
	cafe.Run(t, "ip", "link", "set", "cafe0", "up")
	nstest.Run(t, "ip", "route", "add", "default", "via", "192.0.2.53")
	nstest.Run(t, "ip", "link", "add", "sp0", "type", "veth", "peer", "name", "sp0x")
	nstest.Run(t, "ip", "addr", "add", "100.96.1.2/32", "dev", "sp0")
	nstest.Run(t, "ip", "link", "set", "sp0x", "up")
	nstest.Run(t, "ip", "link", "set", "sp0", "up")

	outside, inside := &ears{}, &insideStub{}
	cafe.Do(func() {
		launch(t, outside, dnsmasq, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
			"--no-hosts", "--user=root", "--address=/#/198.51.100.7", "--log-queries",
			"--log-facility=-", "--listen-address=192.0.2.53", "--bind-interfaces", "--pid-file=")
	})
	packets, err := net.ListenPacket("udp", "100.96.1.2:53")
	if err != nil {
		t.Fatal(err)
	}
	ours := &dns.Server{PacketConn: packets, Handler: inside}
	go func() { _ = ours.ActivateAndServe() }()
	launch(t, io.Discard, "/usr/bin/dbus-daemon", "--nofork", "--nopidfile",
		"--config-file=/run/dbus/system.conf")
	until(t, "the bus", func() bool { _, err := os.Stat(Usual().Bus); return err == nil })
	said := &ears{}
	first := launch(t, said, resolvedProgram)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("resolved: %s\ndnsmasq: %s", said.text.String(), outside.text.String())
		}
	})
	var manager *resolved
	connect := func() bool { manager, err = dialResolved(Usual().Bus, callTime); return err == nil }
	until(t, "resolved", connect)
	index, err := indexOf("wan0")
	if err != nil {
		t.Fatal(err)
	}
	// What a network manager does for its link.
	if err := manager.setServers(index, []netip.Addr{netip.MustParseAddr("192.0.2.53")}); err != nil {
		t.Fatal(err)
	}
	if err := manager.setDomains(index, []string{"cafe.example"}, false); err != nil {
		t.Fatal(err)
	}

	system := New(Usual(), slog.New(slog.NewTextHandler(os.Stderr, nil)))
	// Also where no child of ours started: with resolved nobody else is asked all the same.
	wanted := Wanted{Link: "sp0", Stub: []netip.Addr{stub}, Domains: []string{"wiki.corp.example", "50.10.in-addr.arpa"}}
	if control := look("wiki.corp.example."); control != "198.51.100.7" {
		t.Fatalf("without us the name should be heard outside: %q", control)
	}
	state, err := system.Take(wanted)
	if err != nil || state.Mode != "resolved" || !slices.Equal(state.Others,
		[]netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}) {
		t.Fatalf("%+v, %v", state, err)
	}
	mustAskInside := func(what, name string) {
		t.Helper()
		before := strings.Count(outside.text.String(), name)
		if got := look(name + "."); got != "10.50.0.10" || !inside.heard(name+".") {
			t.Errorf("%s: %s led to %q", what, name, got)
		}
		if after := strings.Count(outside.text.String(), name); after != before {
			t.Errorf("%s: %s was heard outside", what, name)
		}
	}
	mustAskInside("taken", "wiki.corp.example")
	mustNotBeShouted(t, manager, cafe, index)
	mustAskInside("with a suffix of the link", "wiki.corp.example.cafe.example")
	if got := look("www.public.test."); got != "198.51.100.7" || inside.heard("www.public.test.") {
		t.Errorf("another name led to %q", got)
	}

	_ = first.Process.Kill()
	_ = first.Wait()
	launch(t, said, resolvedProgram)
	until(t, "resolved again", connect)
	mustAskInside("resolved started anew", "wiki.corp.example")
	if _, err := system.Take(wanted); err != nil {
		t.Errorf("not taken again: %v", err)
	}

	_ = ours.Shutdown()
	before := strings.Count(outside.text.String(), "wiki.corp.example")
	if got := look("wiki.corp.example."); got == "198.51.100.7" {
		t.Error("with our stub gone the link answers")
	}
	if strings.Count(outside.text.String(), "wiki.corp.example") != before {
		t.Error("with our stub gone the name was heard outside")
	}

	if err := system.Release("sp0"); err != nil {
		t.Fatal(err)
	}
	if got := look("wiki.corp.example."); got != "198.51.100.7" {
		t.Errorf("after the release the name leads to %q", got)
	}
}

// mustNotBeShouted asks for names and reverse names of ours beside a link on which resolved asks
// everybody, as it does unless somebody switches that off. A bare label it asks there, whatever we say.
func mustNotBeShouted(t *testing.T, manager *resolved, cafe *nstest.Namespace, link int) {
	t.Helper()
	// By the first bytes of the name: resolved also shouts who it is.
	shout := "add rule inet ears shouts udp dport { 5353, 5355 } @th,160,40 "
	cafe.Run(t, "nft", "add table inet ears; add chain inet ears shouts { type filter hook prerouting priority -400; }; "+
		shout+fmt.Sprintf("%#x counter; ", "\x07prin")+
		shout+fmt.Sprintf("{ %#x, %#x, %#x } counter", "\x04wiki", "\x0210\x010", "\x0299\x019"))
	for _, method := range []string{"SetLinkLLMNR", "SetLinkMulticastDNS"} {
		if err := manager.setMode(link, method, "yes"); err != nil {
			t.Fatal(err)
		}
	}
	packets := regexp.MustCompile(`packets \d+`)
	heard := func() []string {
		return packets.FindAllString(cafe.Run(t, "nft", "list", "chain", "inet", "ears", "shouts"), -1)
	}
	for _, name := range []string{"printer.", "wiki.corp.example.", "10.0.50.10.in-addr.arpa.", "99.9.50.10.in-addr.arpa."} {
		look(name)
	}
	if said := heard(); said[0] == "packets 0" {
		t.Error("control: a bare name that is not ours is shouted")
	} else if said[1] != "packets 0" {
		t.Errorf("names of ours were shouted onto the link: %s", said[1])
	}
}
