package guard

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestParseResolvers(t *testing.T) {
	text := "# nameserver 10.0.0.9\nsearch corp.example\nnameserver 10.0.0.1\n nameserver  fd50::1 # x\n" +
		"nameserver fe80::1%eth0\nnameserver not-an-address\nnameserver\n"
	if got := fmt.Sprint(parseResolvers([]byte(text))); got != "[10.0.0.1 fd50::1]" {
		t.Errorf("resolvers: %s", got)
	}
}

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
