//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

func udp4(source, destination string, port uint16, payload []byte) []byte {
	bytes := make([]byte, 28, 28+len(payload))
	bytes[0], bytes[9] = 0x45, protocolUDP
	from, to := netip.MustParseAddr(source).As4(), netip.MustParseAddr(destination).As4()
	copy(bytes[12:], from[:])
	copy(bytes[16:], to[:])
	binary.BigEndian.PutUint16(bytes[20:], 40000)
	binary.BigEndian.PutUint16(bytes[22:], port)
	return append(bytes, payload...)
}

func tcp6(source, destination string) []byte {
	bytes := make([]byte, 60)
	bytes[0], bytes[6] = 0x60, 6
	from, to := netip.MustParseAddr(source).As16(), netip.MustParseAddr(destination).As16()
	copy(bytes[8:], from[:])
	copy(bytes[24:], to[:])
	return bytes
}

// icmp6 is a message of this kind that says an inside name.
func icmp6(kind byte) []byte {
	bytes := append(tcp6("fe80::1", "ff02::1")[:40], kind, 0, 0, 0)
	bytes[6] = protocolICMPv6
	return append(bytes, "\x04corp\x07example\x00"...)
}

func TestTally(t *testing.T) {
	inside := []netip.Prefix{netip.MustParsePrefix("10.50.0.0/24"), netip.MustParsePrefix("fc00::/7")}
	data := []byte{4, 0, 0, 0, 9}
	cases := []struct {
		name              string
		bytes             []byte
		wireguard, leaked uint64
	}{
		{"tunnel packet", udp4("10.1.0.2", "10.2.0.2", 51820, data), 1, 0},
		{"public packet", udp4("10.1.0.2", "198.51.100.7", 53, data), 0, 0},
		{"other payload on the tunnel's port", udp4("10.1.0.2", "10.50.0.10", 51820, []byte("hello")), 0, 1},
		{"protected destination", udp4("10.1.0.2", "10.50.0.10", 9000, data), 0, 1},
		{"inside name in clear", udp4("10.1.0.2", "198.51.100.7", 53, []byte("..\x03Git\x04CORP\x07example\x00")), 0, 1},
		{"inside name within the tunnel", udp4("10.1.0.2", "10.2.0.2", 51820, []byte("\x04\x00\x00\x00\x04corp\x07example")), 1, 0},
		{"protected source", udp4("10.50.0.10", "10.1.0.2", 9000, data), 0, 1},
		{"protected IPv6", tcp6("2001:db8:1::2", "fd50::10"), 0, 1},
		{"public IPv6", tcp6("2001:db8:1::2", "2001:db8:ffff::7"), 0, 0},
		{"inside name in a hostile advertisement", icmp6(routerAdvert), 0, 0},
		{"inside name in another message", icmp6(128), 0, 1},
		{"cut short", []byte{0x45, 0}, 0, 0},
		{"no bytes", nil, 0, 0},
	}
	for _, c := range cases {
		count := newTally(inside, 51820, []string{"corp.example"})
		count.note("laptop", c.bytes)
		got := count.read()
		if got.Links["laptop"].WireGuard != c.wireguard || got.Leaked != c.leaked {
			t.Errorf("%s: got %+v", c.name, got)
		}
		count.reset()
		if after := count.read(); after.Leaked != 0 || len(after.Links) != 0 {
			t.Errorf("%s: reset left %+v", c.name, after)
		}
	}
}

func TestPacketsThatWereNotSeenAreCounted(t *testing.T) {
	count := newTally(nil, 51820, nil)
	count.dropped = []func() uint32{func() uint32 { return 2 }, func() uint32 { return 1 }}
	if got := count.read().Missed; got != 3 {
		t.Errorf("missed %d, want 3", got)
	}
	count.reset()
	if got := count.read().Missed; got != 3 {
		t.Errorf("missed since the reset %d, want 3", got)
	}
}
