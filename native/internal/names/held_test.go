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

// told is a system that remembers which names it was told of, and whether somebody answered.
type told struct {
	domains []string
	answers bool
}

func (s *told) Take(wanted systemdns.Wanted) (systemdns.State, error) {
	s.domains, s.answers = wanted.Domains, wanted.Answers
	others := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}
	return systemdns.State{Mode: "resolved", Others: others}, nil
}

func (s *told) Release(string) error {
	s.domains = nil
	return nil
}

func TestNamesAreHeldInsideWhereNoChildStarts(t *testing.T) {
	system, k := &told{}, &kernel{}
	// An address that is none, so that no child starts.
	n := New(Options{Device: k, Gateway: k, Emit: func(ports.Event) {},
		Log: slog.New(slog.DiscardHandler), System: system, Stub: make([]netip.Addr, 1)})
	tunnel := object.Tunnel{DNS: []object.DNSDomain{{Name: "corp.example", Wildcard: true}}}
	if err := n.ServeDevice(t.Context(), tunnel, nil); err == nil {
		t.Fatal("nobody is told that no child serves names")
	}
	if !slices.Equal(system.domains, []string{"corp.example"}) || system.answers {
		t.Fatal("asked for outside:", system)
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
