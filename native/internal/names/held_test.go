//go:build linux || windows

package names

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
)

// told is a system that remembers which names it was told of.
type told struct{ domains []string }

func (s *told) Take(wanted systemdns.Wanted) (systemdns.State, error) {
	s.domains = wanted.Domains
	return systemdns.State{Others: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}}, nil
}

func (s *told) Release(string) error {
	s.domains = nil
	return nil
}

// withoutChild serves names at an address that is none, so that no child starts.
func withoutChild(t *testing.T, system System, holds bool) *Names {
	t.Helper()
	k := &kernel{}
	n := New(Options{Device: k, Gateway: k, Emit: func(ports.Event) {},
		Log: slog.New(slog.DiscardHandler), System: system, Holds: holds, Stub: make([]netip.Addr, 1)})
	tunnel := object.Tunnel{DNS: []object.DNSDomain{{Name: "corp.example", Wildcard: true}}}
	if err := n.ServeDevice(t.Context(), tunnel, nil); err == nil {
		t.Fatal("nobody is told that no child serves names")
	}
	return n
}

func TestNamesAreHeldInsideWhereNoChildStarts(t *testing.T) {
	system := &told{}
	n := withoutChild(t, system, true)
	if !slices.Equal(system.domains, []string{"corp.example"}) {
		t.Fatal("asked for outside:", system.domains)
	}
	// Somebody removes the rules, and the next look puts them back.
	system.domains = nil
	n.look()
	if !slices.Equal(system.domains, []string{"corp.example"}) {
		t.Fatal("not put back:", system.domains)
	}
	if err := n.Leave(context.Background()); err != nil || system.domains != nil {
		t.Fatal(err, system.domains)
	}
	n.look()
	if system.domains != nil {
		t.Fatal("held after leaving:", system.domains)
	}
}

func TestASystemThatWouldAskNobodyElseEitherIsNotTakenWithoutAChild(t *testing.T) {
	system := &told{}
	withoutChild(t, system, false).look()
	if system.domains != nil {
		t.Fatal("all names of this machine would fail:", system.domains)
	}
}
