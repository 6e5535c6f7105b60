package atom

import (
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/object"
)

// region is one prefix without the longer prefixes inside it: every address of it sees the same
// claims, since prefixes are either nested or apart.
type region struct {
	ranges []addressRange
	claims []claim
	is4    bool
}

type addressRange struct{ first, last netip.Addr }

func regions(claims []claim) []region {
	byPrefix := map[netip.Prefix][]claim{}
	prefixes := []netip.Prefix{}
	for _, c := range claims {
		if _, seen := byPrefix[c.prefix]; !seen {
			prefixes = append(prefixes, c.prefix)
		}
		byPrefix[c.prefix] = append(byPrefix[c.prefix], c)
	}
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		if order := a.Addr().Compare(b.Addr()); order != 0 {
			return order
		}
		return a.Bits() - b.Bits()
	})
	found := make([]region, 0, len(prefixes))
	for index, prefix := range prefixes {
		r := region{is4: prefix.Addr().Is4(), ranges: without(prefix, prefixes[index+1:])}
		for bits := prefix.Bits(); bits >= 0; bits-- {
			if ancestor, err := prefix.Addr().Prefix(bits); err == nil {
				r.claims = append(r.claims, byPrefix[ancestor]...)
			}
		}
		found = append(found, r)
	}
	return found
}

// without gives what is left of prefix when those that follow it in order and lie inside are cut
// out.
func without(prefix netip.Prefix, following []netip.Prefix) []addressRange {
	left := []addressRange{}
	next, end := prefix.Addr(), lastOf(prefix)
	for _, inner := range following {
		if !prefix.Contains(inner.Addr()) {
			break
		}
		if inner.Addr().Less(next) {
			continue
		}
		if next.Less(inner.Addr()) {
			left = append(left, addressRange{next, inner.Addr().Prev()})
		}
		next = lastOf(inner).Next()
		if !next.IsValid() || end.Less(next) {
			return left
		}
	}
	return append(left, addressRange{next, end})
}

func lastOf(prefix netip.Prefix) netip.Addr {
	bytes := prefix.Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// portSegments cuts the port line of TCP and of UDP where claims begin and end.
func (r region) portSegments() []PortAtom {
	segments := []PortAtom{}
	for _, proto := range []uint8{TCP, UDP} {
		claims := []claim{}
		cuts := []int{0, 65536}
		for _, c := range r.claims {
			if c.proto == "any" || (c.proto == "tcp" && proto == TCP) || (c.proto == "udp" && proto == UDP) {
				claims = append(claims, c)
				cuts = append(cuts, int(c.ports.First), int(c.ports.Last)+1)
			}
		}
		for _, part := range assign(cuts, claims) {
			ports := object.PortRange{First: uint16(part.first), Last: uint16(part.last)}
			segments = append(segments, PortAtom{Proto: proto, Ports: ports, ID: part.id})
		}
	}
	return segments
}

// protocolSegments cuts the line of protocol numbers around ICMP of this family.
func (r region) protocolSegments() []ProtocolAtom {
	icmp := ICMPv6
	if r.is4 {
		icmp = ICMP
	}
	claims := []claim{}
	for _, c := range r.claims {
		switch c.proto {
		case "any":
			c.ports = object.PortRange{First: 0, Last: 255}
		case "icmp":
			c.ports = object.PortRange{First: uint16(icmp), Last: uint16(icmp)}
		default:
			continue
		}
		claims = append(claims, c)
	}
	segments := []ProtocolAtom{}
	for _, part := range assign([]int{0, icmp, icmp + 1, 256}, claims) {
		segments = append(segments, ProtocolAtom{
			FirstProto: uint8(part.first), LastProto: uint8(part.last), ID: part.id,
		})
	}
	return segments
}

type part struct {
	first, last int
	id          ID
}

// assign gives each piece between two cuts to the claim that beats the others, and joins equal
// neighbours.
func assign(cuts []int, claims []claim) []part {
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	parts := []part{}
	for index := 0; index+1 < len(cuts); index++ {
		first, last := cuts[index], cuts[index+1]-1
		var winner *claim
		for position := range claims {
			c := &claims[position]
			covers := int(c.ports.First) <= first && last <= int(c.ports.Last)
			if covers && (winner == nil || c.beats(*winner)) {
				winner = c
			}
		}
		if winner == nil {
			continue
		}
		if end := len(parts) - 1; end >= 0 && parts[end].id == winner.id && parts[end].last+1 == first {
			parts[end].last = last
			continue
		}
		parts = append(parts, part{first, last, winner.id})
	}
	return parts
}
