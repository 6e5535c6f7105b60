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
	l.site.Run(t, "ip", "route", "add", "100.96.1.2/32", "via", "192.0.2.1")
	l.site.Run(t, "ip", "addr", "add", "10.50.9.9/32", "dev", "lo")
	arrived := make(chan string, 1000)
	packets, err := net.ListenPacket("udp", "0.0.0.0:7200")
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
	heard := func(limit time.Duration, what, from, to string) bool {
		for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
			l.site.Do(func() {
				dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}
				if connection, err := dialer.Dial("udp", to); err == nil {
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
	toTunnel := func(limit time.Duration, what string) bool {
		return heard(limit, what, "192.0.2.2", "100.96.1.2:7200")
	}
	asProtected := func(limit time.Duration, what string) bool {
		return heard(limit, what, "10.50.9.9", "192.0.2.1:7200")
	}

	l.connect(t)
	if toTunnel(refusal, "guarded to tunnel") {
		t.Error("a neighbour reaches the tunnel address")
	}
	if asProtected(refusal, "guarded as protected") {
		t.Error("a neighbour speaks as a protected host")
	}
	observed, err := l.device.Observe(context.Background())
	if err != nil || observed.Counters["in_drop"] == 0 {
		t.Errorf("the guard counted nothing: %v, %v", observed.Counters, err)
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "ip", "addr", "add", "100.96.1.2/32", "dev", "lo")
	if !toTunnel(patience, "control to tunnel") || !asProtected(patience, "control as protected") {
		t.Error("control: without the guard both must arrive")
	}
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
	controller := netip.MustParseAddrPort("192.0.2.2:8443")
	l.tunnel.ProtectedPrefixes = append(l.tunnel.ProtectedPrefixes, netip.MustParsePrefix("192.0.2.0/24"))
	l.tunnel.Bypass = []object.Bypass{{Address: controller.Addr(), Proto: "udp", Port: controller.Port()}}
	l.connect(t)
	for source, passes := range map[string]bool{"192.0.2.1": true, "100.96.1.2": false} {
		from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(source), 0))
		connection, err := net.DialUDP("udp", from, net.UDPAddrFromAddrPort(controller))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connection.Write([]byte("hello")); (err == nil) != passes {
			t.Errorf("from %s: %v", source, err)
		}
		_ = connection.Close()
	}
}
