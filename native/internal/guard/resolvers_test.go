//go:build linux

package guard

import (
	"net/netip"
	"testing"
)

func TestAnExemptResolverIsAskedForNamesOnly(t *testing.T) {
	resolver := netip.MustParseAddr("10.50.0.1")
	p := newPlan(example(), paths{resolvers: []netip.Addr{resolver}}, newNameBook())
	count := 0
	for _, item := range p.bypass {
		if item.Address == resolver {
			count++
			if item.Port != 53 {
				t.Errorf("exempt: %v", item)
			}
		}
	}
	if count != 2 {
		t.Errorf("%d exemptions, want udp and tcp", count)
	}
}
