//go:build linux

package kernel

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

const (
	grantedPort, forbiddenPort    = 8080, 9999
	fragmentHeader, optionsHeader = unix.IPPROTO_FRAGMENT, unix.IPPROTO_DSTOPTS
)

// shredded is one way to send a datagram to a port of the resource, of 24 bytes with its header.
type shredded struct {
	name string
	is4  bool
	// arrives: at a granted port it does, so that only the filter keeps it from the other one.
	arrives bool
	packets func(port uint16) [][]byte
}

var shreddings = []shredded{
	{"two fragments", true, true, func(port uint16) [][]byte {
		return [][]byte{part4(port, 0, 16, true), part4(port, 16, 24, false)}
	}},
	{"the last one first", true, true, func(port uint16) [][]byte {
		return [][]byte{part4(port, 16, 24, false), part4(port, 0, 16, true)}
	}},
	{"ports and nothing else first", true, true, func(port uint16) [][]byte {
		return [][]byte{part4(port, 0, 8, true), part4(port, 8, 24, false)}
	}},
	{"the header again, with another port", true, true, func(port uint16) [][]byte {
		return [][]byte{part4(grantedPort, 0, 16, true), part4(port, 0, 16, true), part4(port, 16, 24, false)}
	}},
	{"the last one alone", true, false, func(port uint16) [][]byte {
		return [][]byte{part4(port, 8, 24, false)}
	}},
	{"two fragments", false, true, func(port uint16) [][]byte {
		return [][]byte{part6(port, 0, 16, true), part6(port, 16, 24, false)}
	}},
	{"ports and nothing else first", false, true, func(port uint16) [][]byte {
		return [][]byte{part6(port, 0, 8, true), part6(port, 8, 24, false)}
	}},
	{"an atomic fragment", false, true, func(port uint16) [][]byte {
		return [][]byte{part6(port, 0, 24, false)}
	}},
	{"the header again, with another port", false, true, func(port uint16) [][]byte {
		return [][]byte{part6(grantedPort, 0, 16, true), part6(port, 0, 16, true), part6(port, 16, 24, false)}
	}},
	{"a later fragment that says it is an echo", false, true, func(port uint16) [][]byte {
		later := part6(port, 16, 24, false)
		later[40] = unix.IPPROTO_ICMPV6
		return [][]byte{part6(port, 0, 16, true), later}
	}},
	{"the ports in the second fragment", false, false, func(port uint16) [][]byte {
		whole := slices.Concat([]byte{unix.IPPROTO_UDP, 0, 1, 4, 0, 0, 0, 0}, datagram6(port))
		return [][]byte{fragment6(optionsHeader, whole[:8], 0, true), fragment6(optionsHeader, whole[8:], 8, false)}
	}},
	{"fragments inside atomic fragments", false, false, func(port uint16) [][]byte {
		inner := func(first, last int, more bool) []byte {
			return fragment6(fragmentHeader, part6(port, first, last, more)[40:], 0, false)
		}
		later := inner(16, 24, false)
		later[48] = unix.IPPROTO_ICMPV6
		return [][]byte{inner(0, 16, true), later}
	}},
}

// Whoever holds a device may write what it likes into the tunnel. What is put together only behind the
// gateway must not be more than what was granted.
func TestAttackFragmentsBringNothingUngranted(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.gatewayConfig.Resources = []object.Resource{{ID: "res_git"}}
	for _, prefix := range []string{"10.50.0.10/32", "fd50::10/128"} {
		l.gatewayConfig.Resources[0].Targets = append(l.gatewayConfig.Resources[0].Targets,
			object.Target{Prefix: netip.MustParsePrefix(prefix), Proto: "icmp"},
			object.Target{Prefix: netip.MustParsePrefix(prefix), Proto: "udp",
				Ports: []object.PortRange{{First: grantedPort, Last: grantedPort}}})
	}
	granted, forbidden := hearing(t, l.resource, grantedPort), hearing(t, l.resource, forbiddenPort)
	l.open(t)
	whole(t, "10.50.0.10", granted)
	whole(t, "fd50::10", granted)
	from := counted(t, l.resource, "from", "iifname lan1 udp dport 9999")
	for _, way := range shreddings {
		inject(t, way, grantedPort)
		pass(t, way.is4)
		if got := heardBefore(t, granted, pass4or6(way.is4)); got != way.arrives {
			t.Errorf("%s (IPv4 %v) to the granted port: arrives %v", way.name, way.is4, got)
		}
		inject(t, way, forbiddenPort)
		pass(t, way.is4)
		heardBefore(t, granted, pass4or6(way.is4))
		select {
		case <-forbidden:
			t.Errorf("%s (IPv4 %v) reaches what was not granted", way.name, way.is4)
		default:
		}
	}
	if seen := from(); seen != nothing {
		t.Errorf("what was not granted was on its way to the resource: %s", seen)
	}
	l.site.Run(t, "nft", "flush", "ruleset")
	for _, way := range shreddings {
		inject(t, way, grantedPort)
	}
	select {
	case <-granted:
		t.Error("fragments pass the second lock")
	case <-time.After(refusal):
	}
}

// whole sends one datagram that the tunnel's links are too narrow for.
func whole(t *testing.T, to string, granted chan string) {
	t.Helper()
	large := string(bytes.Repeat([]byte{'x'}, 4000))
	until(t, "a large datagram to "+to, func() bool {
		connection, err := net.Dial("udp", net.JoinHostPort(to, fmt.Sprint(grantedPort)))
		if err != nil {
			return false
		}
		defer func() { _ = connection.Close() }()
		_, _ = connection.Write([]byte(large))
		select {
		case got := <-granted:
			return got == large
		case <-time.After(firstAttempt):
			return false
		}
	})
	for len(granted) > 0 {
		<-granted
	}
}

// hearing tells what comes to a port.
func hearing(t *testing.T, namespace *nstest.Namespace, port int) chan string {
	t.Helper()
	heard := make(chan string, 1000)
	namespace.Do(func() {
		packets, err := net.ListenPacket("udp", fmt.Sprintf("[::]:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = packets.Close() })
		go func() {
			buffer := make([]byte, 8192)
			for {
				size, _, err := packets.ReadFrom(buffer)
				if err != nil {
					return
				}
				heard <- string(buffer[:size])
			}
		}()
	})
	return heard
}

// pass sends what is granted in one piece: the tunnel keeps packets in order.
func pass(t *testing.T, is4 bool) {
	t.Helper()
	connection, err := net.Dial("udp", map[bool]string{true: "10.50.0.10:8080", false: "[fd50::10]:8080"}[is4])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := connection.Write([]byte(pass4or6(is4))); err != nil {
		t.Fatal(err)
	}
}

func pass4or6(is4 bool) string { return fmt.Sprintf("in one piece, IPv4 %v", is4) }

// heardBefore tells whether anything came before the last one.
func heardBefore(t *testing.T, heard chan string, last string) (before bool) {
	t.Helper()
	for {
		select {
		case got := <-heard:
			if got == last {
				return before
			}
			before = true
		case <-time.After(patience):
			t.Fatal("what is granted does not arrive")
		}
	}
}

// inject puts packets into the tunnel as whoever owns the device can, past its own filter.
func inject(t *testing.T, way shredded, port uint16) {
	t.Helper()
	link, err := netlink.LinkByName("sp0")
	if err != nil {
		t.Fatal(err)
	}
	kind := uint16(unix.ETH_P_IPV6)
	if way.is4 {
		kind = unix.ETH_P_IP
	}
	to := &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, kind)),
		Ifindex:  link.Attrs().Index,
	}
	descriptor, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(descriptor) }()
	fragmentID++
	for _, packet := range way.packets(port) {
		if err := unix.Sendto(descriptor, packet, 0, to); err != nil {
			t.Fatal(err)
		}
	}
}

// fragmentID is another one for each datagram.
var fragmentID uint32

func part4(port uint16, first, last int, more bool) []byte {
	body := udp(port)[first:last]
	head := []byte{0x45, 0, 0, byte(20 + len(body)), byte(fragmentID >> 8), byte(fragmentID), 0,
		byte(first / 8), 64, unix.IPPROTO_UDP, 0, 0, 100, 96, 1, 2, 10, 50, 0, 10}
	if more {
		head[6] |= 0x20
	}
	binary.BigEndian.PutUint16(head[10:], ^sum(head))
	return append(head, body...)
}

func part6(port uint16, first, last int, more bool) []byte {
	return fragment6(unix.IPPROTO_UDP, datagram6(port)[first:last], first, more)
}

func fragment6(next byte, body []byte, offset int, more bool) []byte {
	head := append([]byte{0x60, 0, 0, 0, 0, byte(8 + len(body)), fragmentHeader, 64},
		slices.Concat(device6, resource6)...)
	place := uint16(offset)
	if more {
		place |= 1
	}
	fragment := binary.BigEndian.AppendUint16([]byte{next, 0}, place)
	return slices.Concat(head, binary.BigEndian.AppendUint32(fragment, fragmentID), body)
}

var (
	device6   = netip.MustParseAddr("fd96::102").AsSlice()
	resource6 = netip.MustParseAddr("fd50::10").AsSlice()
)

// udp is a datagram of 16 bytes without checksum.
func udp(port uint16) []byte {
	head := binary.BigEndian.AppendUint16([]byte{0x80, 0}, port)
	return append(append(head, 0, 24, 0, 0), "in small pieces!"...)
}

// datagram6 is the same with the checksum that IPv6 wants.
func datagram6(port uint16) []byte {
	datagram := udp(port)
	pseudo := slices.Concat(device6, resource6, []byte{0, 0, 0, 24, 0, 0, 0, unix.IPPROTO_UDP}, datagram)
	binary.BigEndian.PutUint16(datagram[6:], ^sum(pseudo))
	return datagram
}

// sum is that of RFC 1071, of an even number of bytes.
func sum(raw []byte) uint16 {
	total := uint32(0)
	for index := 0; index < len(raw); index += 2 {
		total += uint32(binary.BigEndian.Uint16(raw[index:]))
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}
