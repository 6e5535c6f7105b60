package route

import (
	"net/netip"
	"slices"
)

// Holds tells whether an address lies in one of the prefixes.
func Holds(prefixes []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(prefix netip.Prefix) bool {
		return prefix.Contains(address)
	})
}
