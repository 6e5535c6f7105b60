//go:build linux

package kernel

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// tooBig sends an error that says: the echo from one address to another, which nobody sent, was too big.
func tooBig(t *testing.T, from, to netip.Addr) {
	t.Helper()
	const bytes, quoted, size, echo = 48, 40, 1300, 128
	raw := make([]byte, 8+bytes)
	raw[0] = 2
	binary.BigEndian.PutUint32(raw[4:], size)
	packet := raw[8:]
	packet[0], packet[6], packet[7] = 0x60, unix.IPPROTO_ICMPV6, 64
	binary.BigEndian.PutUint16(packet[4:], size-quoted)
	copy(packet[8:], from.AsSlice())
	copy(packet[24:], to.AsSlice())
	packet[quoted] = echo
	socket, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(socket) }()
	if err := unix.Sendto(socket, raw, 0, &unix.SockaddrInet6{Addr: from.As16()}); err != nil {
		t.Fatal(err)
	}
}

// The kernel notes the size of packets to one address as a route of full length to it, beneath the
// default route.
func TestAForgedSizeOfPacketsMakesTheDefaultRouteNoNarrowerOne(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	l.lanDown(t)
	gateway, resource := netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("fd50::10")
	heard := counted(t, l.site, "heard6", "icmpv6 type packet-too-big")
	until(t, "the forged error arrives", func() bool { tooBig(t, gateway, resource); return heard() != nothing })
	l.nothingInClear(t, "with a forged error")
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "input")
	until(t, "control: without our rule IPv6 leaves", func() bool {
		tooBig(t, gateway, resource)
		mustNotReach(t, "control")
		return l.clear6() != nothing
	})
}

// betterRouter sends what says, as a router outside: that address is on this very link.
func betterRouter(t *testing.T, from, to, about netip.Addr) {
	t.Helper()
	const kind, farthest, bytes = 137, 255, 40
	raw := make([]byte, bytes)
	raw[0] = kind
	copy(raw[8:], from.AsSlice())
	copy(raw[24:], about.AsSlice())
	link, err := net.InterfaceByName("wan0")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(socket) }()
	if err := unix.SetsockoptInt(socket, unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, farthest); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(socket, &unix.SockaddrInet6{Addr: from.As16(), ZoneId: uint32(link.Index)}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Sendto(socket, raw, 0, &unix.SockaddrInet6{Addr: to.As16()}); err != nil {
		t.Fatal(err)
	}
}

// An interface that is to hear routers, by a switch of its own, hears of better ones too.
func TestABetterRouterMakesTheDefaultRouteNoNarrowerOne(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	nstest.Run(t, "ip", "addr", "add", "fe80::1/64", "dev", "wan0", "nodad")
	l.site.Run(t, "ip", "-6", "route", "replace", "default", "via", "fe80::1", "dev", "wan1")
	l.site.Run(t, "sysctl", "-q", "net.ipv6.conf.wan1.forwarding=0")
	l.lanDown(t)
	router := netip.MustParseAddr("fe80::1")
	gateway, resource := netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("fd50::10")
	heard := counted(t, l.site, "heard6", "icmpv6 type nd-redirect")
	until(t, "the word of a better router arrives", func() bool {
		betterRouter(t, router, gateway, resource)
		return heard() != nothing
	})
	l.nothingInClear(t, "with the word of a better router")
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "input")
	until(t, "control: without our rule IPv6 leaves", func() bool {
		betterRouter(t, router, gateway, resource)
		mustNotReach(t, "control")
		return l.clear6() != nothing
	})
}
