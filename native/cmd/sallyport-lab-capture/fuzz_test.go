//go:build linux

package main

import (
	"net/netip"
	"testing"
)

// FuzzFrame counts whatever a wire may carry, once each, and never as two things.
func FuzzFrame(f *testing.F) {
	f.Add(udp4("192.0.2.1", "10.50.0.10", 53, []byte("\x04wiki\x04corp\x07example")))
	f.Add(udp4("192.0.2.1", "192.0.2.9", 51820, []byte{1, 0, 0, 0, 9}))
	f.Add(tcp6("2001:db8::1", "2001:db8::2"))
	f.Add([]byte{0x4f, 0})
	f.Fuzz(func(t *testing.T, frame []byte) {
		tally := newTally([]netip.Prefix{netip.MustParsePrefix("10.50.0.0/16")}, 51820, []string{"wiki.corp.example"})
		tally.note("wan0", frame)
		got := tally.read().Links["wan0"]
		if got.Packets != 1 || got.WireGuard+got.Leaked > 1 {
			t.Fatalf("%x is counted as %+v", frame, got)
		}
	})
}
