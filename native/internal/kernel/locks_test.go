//go:build linux

package kernel

import (
	"net"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// counted counts what a namespace gets that fits: one-way packets have no answer that would tell.
func counted(t *testing.T, space interface {
	Run(*testing.T, string, ...string) string
}, name, fits string) func() string {
	t.Helper()
	space.Run(t, "nft", "add table inet seen; add chain inet seen "+name+
		" { type filter hook prerouting priority -400; }; add rule inet seen "+name+" "+fits+" counter")
	packets := regexp.MustCompile(`packets (\d+)`)
	return func() string {
		// Long enough for what is let through by mistake on a quiet machine.
		time.Sleep(50 * time.Millisecond)
		return packets.FindString(space.Run(t, "nft", "list", "chain", "inet", "seen", name))
	}
}

const nothing = "packets 0"

// datagram sends one from here, or from a namespace by its Do.
func datagram(t *testing.T, do func(func()), to string) {
	t.Helper()
	do(func() {
		connection, err := net.Dial("udp", to)
		if err != nil {
			return // no way there at all
		}
		_, _ = connection.Write([]byte("one way"))
		_ = connection.Close()
	})
}

// openRoads gives the gateway what only hostile or careless hands would: a way to devices in the main
// table, so that nothing but the locks stands in between.
func (l *lab) openRoads(t *testing.T) {
	t.Helper()
	l.site.Run(t, "ip", "route", "add", "100.96.0.0/16", "dev", "spg0")
	l.openRoadOfResource(t)
}

func TestTheSecondLockHoldsWithoutTheFilter(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	l.openRoads(t)
	out := counted(t, l.resource, "out", "ip daddr 10.50.0.10 udp dport 9200")
	in := counted(t, hereSpace{}, "in", "iifname sp0 udp dport 9201")
	both := func() {
		datagram(t, here.do, "10.50.0.10:9200")
		datagram(t, l.resource.Do, "100.96.1.2:9201")
	}
	l.site.Run(t, "nft", "delete", "table", "inet", "sallyport")
	both()
	if seen := out(); seen != nothing {
		t.Errorf("a device reaches the site: %s", seen)
	}
	if seen := in(); seen != nothing {
		t.Errorf("the site reaches a device: %s", seen)
	}
	for _, priority := range []string{"5353", "5357"} {
		l.site.Run(t, "ip", "rule", "del", "pref", priority)
	}
	until(t, "control: without the second lock both arrive", func() bool {
		both()
		return out() != nothing && in() != nothing
	})
}

// hereSpace is the test's own namespace in the form of another one.
type hereSpace struct{}

func (hereSpace) Run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	return nstest.Run(t, name, arguments...)
}

func TestTheForwardChainHoldsWhereForeignRulesComeFirst(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	l.openRoads(t)
	out := counted(t, l.resource, "out", "ip daddr 10.50.0.10 udp dport 9200")
	in := counted(t, hereSpace{}, "in", "iifname sp0 udp dport 9201")
	// Nothing marks any more, and a rule of others goes on without a mark.
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "prerouting")
	l.site.Run(t, "ip", "rule", "add", "pref", "100", "lookup", "main")
	both := func() {
		datagram(t, here.do, "10.50.0.10:9200")
		datagram(t, l.resource.Do, "100.96.1.2:9201")
	}
	both()
	if seen := out() + in(); seen != nothing+nothing {
		t.Errorf("unmarked packets are forwarded: %s", seen)
	}
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "forward")
	until(t, "control: without the chain both arrive", func() bool {
		both()
		return out() != nothing && in() != nothing
	})
}

// Whoever is beside the gateway knows the flow and answers in the name of the resource.
func TestAttackForgedRepliesFromOutsideReachNoDevice(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.gatewayConfig.Mode = "routed"
	l.openRoadOfResource(t)
	l.open(t)
	mustReach(t, "with the grant")
	l.site.Run(t, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
	forger := machine{l.site.Do}.attach(t, "wan9")
	l.site.Run(t, "sysctl", "-qw", "net.ipv4.conf.wan9.rp_filter=0")
	l.site.Run(t, "ip", "addr", "add", "198.51.100.2/24", "dev", "wan9")
	l.site.Run(t, "ip", "link", "set", "wan9", "address", "02:00:00:00:00:09", "up")
	forger.Run(t, "ip", "link", "set", "inner0", "up")
	forger.Run(t, "ip", "addr", "add", "198.51.100.1/24", "dev", "inner0")
	forger.Run(t, "ip", "addr", "add", "10.50.0.10/32", "dev", "lo")
	// No neighbour answers whoever asks in another's name.
	forger.Run(t, "ip", "neigh", "add", "198.51.100.2", "lladdr", "02:00:00:00:00:09", "dev", "inner0")
	forger.Run(t, "ip", "route", "add", "100.96.0.0/16", "via", "198.51.100.2", "src", "10.50.0.10")

	flow, err := net.Dial("udp", "10.50.0.10:8080")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = flow.Write([]byte("question"))
	if err := hears(flow, patience); err != nil {
		t.Fatalf("the flow never began: %v", err)
	}
	forger.Do(func() {
		from := &net.UDPAddr{IP: net.ParseIP("10.50.0.10"), Port: 8080}
		to, _ := net.ResolveUDPAddr("udp", flow.LocalAddr().String())
		forged, err := net.DialUDP("udp", from, to)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = forged.Write([]byte("forged"))
		_ = forged.Close()
	})
	if err := hears(flow, refusal); err == nil {
		t.Error("a forged reply arrived")
	}
	if l.observe(t).Counters["spoof"] == 0 {
		t.Error("nothing was dropped as forged")
	}
}

// What connection tracking does not take for part of a flow is not translated either, and would show
// tunnel addresses to a site that is to see the gateway's.
func TestWhatIsNoPartOfAFlowDoesNotLeaveASnatSite(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	bare := counted(t, l.resource, "bare", "ip saddr 100.96.0.0/16")
	offered := counted(t, l.site, "offered", "iifname spg0 ip protocol tcp")
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(socket) }()
	before := offered()
	// A TCP header of 20 bytes to port 8080 with a checksum that is wrong.
	header := append([]byte{0x30, 0x39, 0x1f, 0x90}, make([]byte, 16)...)
	header[12], header[13] = 5<<4, 2
	resource := &unix.SockaddrInet4{Addr: [4]byte{10, 50, 0, 10}}
	until(t, "control: the packet comes as far as the gateway", func() bool {
		if err := unix.Sendto(socket, header, 0, resource); err != nil {
			t.Fatal(err)
		}
		return offered() != before
	})
	if seen := bare(); seen != nothing {
		t.Errorf("the site sees a tunnel address: %s", seen)
	}
}

func TestSegmentsAreNamedToFitANarrowLAN(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.open(t)
	l.site.Run(t, "ip", "link", "set", "lan0", "mtu", "1300")
	var listener net.Listener
	l.resource.Do(func() {
		var err error
		if listener, err = net.Listen("tcp", "10.50.0.10:8081"); err != nil {
			t.Fatal(err)
		}
	})
	defer func() { _ = listener.Close() }()
	client, err := net.DialTimeout("tcp", "10.50.0.10:8081", patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	raw, err := server.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	segment := 0
	err = raw.Control(func(descriptor uintptr) {
		segment, err = unix.GetsockoptInt(int(descriptor), unix.IPPROTO_TCP, unix.TCP_MAXSEG)
	})
	if err != nil || segment == 0 || segment > 1300-40 {
		t.Errorf("the resource sends segments of %d bytes, %v", segment, err)
	}
}
