//go:build linux

package kernel

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// A packet for the gateway itself that names a further station reaches only what was granted, also on
// a host that follows such packets: its destination changes after everybody has judged it.
func TestAttackASourceRouteReachesNothingUngranted(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	follow := []string{"net.ipv4.conf.CONF.accept_source_route=1", "net.ipv6.conf.CONF.seg6_enabled=1"}
	for _, conf := range []string{"all", "default", "spg0"} {
		for _, parameter := range follow {
			l.site.Run(t, "sysctl", "-qw", strings.Replace(parameter, "CONF", conf, 1))
		}
	}
	l.site.Run(t, "nft", `add table inet seen
		add chain inet seen leaving { type filter hook postrouting priority 400; }
		add rule inet seen leaving oifname "lan0" ip daddr 10.50.0.77 counter
		add rule inet seen leaving oifname "lan0" ip6 daddr fd50::77 counter`)
	counted := func() int {
		return strings.Count(l.site.Run(t, "nft", "list", "chain", "inet", "seen", "leaving"), nothing)
	}
	send := func() {
		sendRaw(t, looseRoute())
		sendRaw(t, segmentRoute())
		// The tunnel keeps packets in order.
		if err := reaches("udp", "10.50.0.10:8080", patience); err != nil {
			t.Fatal(err)
		}
	}
	l.configure(t)
	send()
	if counted() != 2 {
		t.Error("a packet went on to where nothing was granted")
	}
	for _, parameter := range follow {
		l.site.Run(t, "sysctl", "-qw", strings.Replace(parameter, "CONF", "spg0", 1))
	}
	until(t, "control: a tunnel that follows leads there", func() bool { send(); return counted() == 0 })
}

func sendRaw(t *testing.T, packet []byte) {
	t.Helper()
	family, to := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Addr: [4]byte(packet[16:20])})
	if packet[0]>>4 == 6 {
		family, to = unix.AF_INET6, &unix.SockaddrInet6{Addr: [16]byte(packet[24:40])}
	}
	descriptor, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_RAW)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(descriptor) }()
	if err := unix.Sendto(descriptor, packet, 0, to); err != nil {
		t.Fatal(err)
	}
}

// looseRoute is a datagram to the gateway with the option of RFC 791 to go on to 10.50.0.77.
func looseRoute() []byte {
	datagram := []byte{0, 9, 0, 9, 0, 8, 0, 0}
	head := []byte{0x47, 0, 0, 36, 0, 0, 0, 0, 64, unix.IPPROTO_UDP, 0, 0, 100, 96, 1, 2, 100, 96, 0, 1}
	return slices.Concat(head, []byte{131, 7, 4, 10, 50, 0, 77, 0}, datagram)
}

// segmentRoute is an echo request to the gateway with the header of RFC 8754 to go on to fd50::77.
func segmentRoute() []byte {
	const echoRequest, segments = 128, 4
	from, gateway, end := netip.MustParseAddr("fd96::102"), netip.MustParseAddr("fd96::1"),
		netip.MustParseAddr("fd50::77")
	echo := []byte{echoRequest, 0, 0, 0, 0, 1, 0, 1}
	way := slices.Concat([]byte{unix.IPPROTO_ICMPV6, 4, segments, 1, 1, 0, 0, 0}, end.AsSlice(), gateway.AsSlice())
	head := []byte{0x60, 0, 0, 0, 0, 0, unix.IPPROTO_ROUTING, 64}
	binary.BigEndian.PutUint16(head[4:], uint16(len(way)+len(echo)))
	return slices.Concat(head, from.AsSlice(), gateway.AsSlice(), way, echo)
}
