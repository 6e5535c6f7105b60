package route

import (
	"net/netip"
	"slices"
)

// Disjoint sorts and drops what lies inside another prefix.
func Disjoint(list []netip.Prefix) []netip.Prefix {
	sorted := slices.SortedFunc(slices.Values(list), netip.Prefix.Compare)
	kept := []netip.Prefix{}
	for _, prefix := range sorted {
		if len(kept) == 0 || !kept[len(kept)-1].Overlaps(prefix) {
			kept = append(kept, prefix)
		}
	}
	return kept
}

// Touches tells whether a prefix overlaps one of those, which are disjoint.
func Touches(disjoint []netip.Prefix, prefix netip.Prefix) bool {
	at, _ := slices.BinarySearchFunc(disjoint, prefix, netip.Prefix.Compare)
	return at < len(disjoint) && disjoint[at].Overlaps(prefix) ||
		at > 0 && disjoint[at-1].Overlaps(prefix)
}

// Holds tells whether an address lies in one of the prefixes.
func Holds(prefixes []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(prefix netip.Prefix) bool {
		return prefix.Contains(address)
	})
}
