//go:build linux

package filter

import (
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/netd/internal/learned"
	"sallyport.dev/netd/internal/object"
)

func TestALearnedAddressLivesAsLongAsItsNamesOrItsFlows(t *testing.T) {
	ports := []object.PortRange{{First: 443, Last: 443}}
	gateway := object.Gateway{ForwardV4: true, Resources: []object.Resource{{ID: "res_a",
		ResolvesTo: []netip.Prefix{netip.MustParsePrefix("10.50.0.0/24")},
		Targets:    []object.Target{{Domain: "*.corp.example", Proto: "tcp", Ports: ports}}}}}
	g := &Gateway{atoms: compiled(t, gateway), names: newNameBook()}
	g.names.reindex(gateway.Resources, g.atoms)
	address, now := netip.MustParseAddr("10.50.0.10"), time.Hour
	g.names.hosts[address] = &host{until: now + time.Second, names: map[string]time.Duration{
		"over.corp.example": now - time.Second, "ends.corp.example": now + time.Second,
	}}
	if next := g.kept(address, false, now); next == nil || len(next.names) != 1 || len(next.items) == 0 {
		t.Errorf("one name is over: %+v", next)
	}
	if next := g.kept(address, false, now+time.Minute); next != nil {
		t.Errorf("both names are over: %+v", next)
	}
	if next := g.kept(address, true, now); next == nil || next.until != now+learned.Stay {
		t.Errorf("a flow runs: %+v", next)
	}
	gateway.Resources[0].ResolvesTo = []netip.Prefix{netip.MustParsePrefix("10.60.0.0/24")}
	g.names.hosts[address].items = learnedItems(g.atoms)
	g.names.reindex(gateway.Resources, compiled(t, gateway))
	if len(g.names.hosts) != 0 {
		t.Errorf("a name may not lead there any more: %+v", g.names.hosts[address])
	}
}
