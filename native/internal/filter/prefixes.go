//go:build linux

package filter

import (
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/route"
)

// prefixes are in order, and none lies in another.
type prefixes []netip.Prefix

// distinct leaves out what lies in others.
func distinct(all ...[]netip.Prefix) prefixes {
	return route.Disjoint(slices.Concat(all...))
}

// overlaps tells whether one of them has an address in common with the prefix.
func (p prefixes) overlaps(prefix netip.Prefix) bool {
	return route.Touches(p, prefix)
}

// cover tells whether the whole prefix lies in one of them.
func (p prefixes) cover(prefix netip.Prefix) bool {
	at, _ := slices.BinarySearchFunc(p, prefix, netip.Prefix.Compare)
	return at > 0 && holds(p[at-1], prefix) || at < len(p) && holds(p[at], prefix)
}

func holds(wide, narrow netip.Prefix) bool {
	return wide.Bits() <= narrow.Bits() && wide.Contains(narrow.Addr())
}

// overlapping are those of them that have an address in common with others.
func (p prefixes) overlapping(others prefixes) prefixes {
	return slices.DeleteFunc(slices.Clone(p), func(prefix netip.Prefix) bool {
		return !others.overlaps(prefix)
	})
}
