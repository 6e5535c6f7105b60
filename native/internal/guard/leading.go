package guard

import (
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/route"
)

// leading are the routes into the tunnel on a system that routes by address alone: what is granted,
// without the hosts that must be reached past it (gateways, controllers, resolvers, a captive portal).
// Of such a host no port is reached through the tunnel.
func (p plan) leading() []netip.Prefix {
	beside := []netip.Addr{}
	for _, endpoint := range p.endpoints {
		beside = append(beside, endpoint.Addr())
	}
	for _, item := range p.bypass {
		beside = append(beside, item.Address)
	}
	for _, page := range p.portal {
		beside = append(beside, page.Addr())
	}
	routes := route.Disjoint(p.granted)
	for _, address := range unique(beside) {
		routes = without(routes, address)
	}
	return routes
}

// without leaves one address out: a prefix that holds it becomes those of its halves that do not.
func without(prefixes []netip.Prefix, address netip.Addr) []netip.Prefix {
	kept := []netip.Prefix{}
	for _, prefix := range prefixes {
		if !prefix.Contains(address) {
			kept = append(kept, prefix)
			continue
		}
		for bits := prefix.Bits() + 1; bits <= address.BitLen(); bits++ {
			kept = append(kept, sibling(address, bits))
		}
	}
	slices.SortFunc(kept, netip.Prefix.Compare)
	return kept
}

// sibling is the half beside the one of this length that holds the address.
func sibling(address netip.Addr, bits int) netip.Prefix {
	raw := address.AsSlice()
	raw[(bits-1)/8] ^= 0x80 >> ((bits - 1) % 8)
	other, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(other, bits).Masked()
}
