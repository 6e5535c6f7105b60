//go:build linux

package kernel

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

// A neighbour on the device's own network sends to the tunnel address, and in the name of a
// protected host: neither arrives. Without the guard both do.
func TestAttackNobodyOutsideSpeaksForTheTunnel(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	for _, outside := range []string{"100.96.1.2/32 via 192.0.2.1", "fd96::102/128 via 2001:db8::1"} {
		l.site.Run(t, "ip", append([]string{"route", "add"}, strings.Fields(outside)...)...)
	}
	for _, impostor := range []string{"10.50.9.9/32", "fd50::9:9/128"} {
		l.site.Run(t, "ip", "addr", "add", impostor, "dev", "lo")
	}
	arrived := make(chan string, 1000)
	packets, err := net.ListenPacket("udp", "[::]:7200")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = packets.Close() })
	go func() {
		buffer := make([]byte, 64)
		for {
			size, _, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			arrived <- string(buffer[:size])
		}
	}()
	heard := func(limit time.Duration, when string, way outsider) bool {
		what := when + " " + way.what
		for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
			l.site.Do(func() {
				dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(way.from)}}
				if connection, err := dialer.Dial("udp", net.JoinHostPort(way.to, "7200")); err == nil {
					_, _ = connection.Write([]byte(what))
					_ = connection.Close()
				}
			})
			select {
			case got := <-arrived:
				if got == what {
					return true
				}
			case <-time.After(20 * time.Millisecond):
			}
		}
		return false
	}

	l.connect(t)
	for _, way := range outsiders {
		if heard(refusal, "guarded", way) {
			t.Errorf("a neighbour comes in: %s", way.what)
		}
	}
	observed, err := l.device.Observe(context.Background())
	if err != nil || observed.Counters["in_drop"] == 0 {
		t.Errorf("the guard counted nothing: %v, %v", observed.Counters, err)
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, own := range []string{"100.96.1.2/32", "fd96::102/128"} {
		nstest.Run(t, "ip", "addr", "add", own, "dev", "lo")
	}
	for _, way := range outsiders {
		if !heard(patience, "unguarded", way) {
			t.Errorf("control: without the guard it must arrive: %s", way.what)
		}
	}
}

// outsider is a neighbour that sends under one address to another.
type outsider struct{ what, from, to string }

var outsiders = []outsider{
	{"to the tunnel address", "192.0.2.2", "100.96.1.2"},
	{"to the tunnel address of IPv6", "2001:db8::2", "fd96::102"},
	{"as a protected host", "10.50.9.9", "192.0.2.1"},
	{"as a protected host of IPv6", "fd50::9:9", "2001:db8::1"},
}

// Who sits beside the device may not even learn which address it has in the tunnel, which the kernel
// would tell on every link.
func TestAttackNeighboursDoNotLearnTheTunnelAddress(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	var neighbour int
	l.site.Do(func() { neighbour = packetSocket(t, "wan1") })
	l.connect(t)
	if answersARP(t, neighbour, "100.96.1.2") {
		t.Error("a neighbour learns the tunnel address")
	}
	for _, damage := range []string{"flush ruleset", "delete table arp sallyport_guard"} {
		nstest.Run(t, "nft", strings.Fields(damage)...)
		l.device.Repair(context.Background())
		if answersARP(t, neighbour, "100.96.1.2") {
			t.Errorf("a neighbour learns the tunnel address after %s and the repair", damage)
		}
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "ip", "addr", "add", "100.96.1.2/32", "dev", "lo")
	until(t, "control: without the guard it is told", func() bool {
		return answersARP(t, neighbour, "100.96.1.2")
	})
}

// answersARP asks for an address and then for the one of the link, which is always answered: whoever
// answers both answers the first one first.
func answersARP(t *testing.T, neighbour int, address string) (answered bool) {
	t.Helper()
	const link = "192.0.2.1"
	for _, wanted := range []string{address, link} {
		if _, err := unix.Write(neighbour, whoHas(wanted)); err != nil {
			t.Fatal(err)
		}
	}
	for frame := make([]byte, 2048); ; {
		size, err := unix.Read(neighbour, frame)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			t.Fatalf("the link's own address was not told: %v", err)
		}
		if size < 42 || !bytes.Equal(frame[12:22], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 2}) {
			continue
		}
		switch told, _ := netip.AddrFromSlice(frame[28:32]); told.String() {
		case address:
			answered = true
		case link:
			return answered
		}
	}
}

// whoHas asks everybody on a link for an address.
func whoHas(address string) []byte {
	everybody := bytes.Repeat([]byte{0xff}, 6)
	own, nobody := []byte{2, 0, 0, 0, 0, 7}, make([]byte, 6)
	asker, wanted := netip.MustParseAddr("192.0.2.77"), netip.MustParseAddr(address)
	return slices.Concat(everybody, own, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1},
		own, asker.AsSlice(), nobody, wanted.AsSlice())
}

// What may leave in clear to a controller may not do so in the name of the tunnel address.
func TestAttackTheTunnelAddressIsNoSourceOutside(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	const port = 8443
	controllers := map[string]string{"192.0.2.2": "192.0.2.0/24", "2001:db8::2": "2001:db8::/64"}
	for controller, around := range controllers {
		l.tunnel.ProtectedPrefixes = append(l.tunnel.ProtectedPrefixes, netip.MustParsePrefix(around))
		l.tunnel.Bypass = append(l.tunnel.Bypass,
			object.Bypass{Address: netip.MustParseAddr(controller), Proto: "udp", Port: port})
	}
	l.connect(t)
	for _, try := range []struct {
		source, controller string
		passes             bool
	}{
		{"192.0.2.1", "192.0.2.2", true}, {"100.96.1.2", "192.0.2.2", false},
		{"2001:db8::1", "2001:db8::2", true}, {"fd96::102", "2001:db8::2", false},
	} {
		from, to := net.ParseIP(try.source), net.ParseIP(try.controller)
		connection, err := net.DialUDP("udp", &net.UDPAddr{IP: from}, &net.UDPAddr{IP: to, Port: port})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connection.Write([]byte("hello")); (err == nil) != try.passes {
			t.Errorf("from %s: %v", try.source, err)
		}
		_ = connection.Close()
	}
}
