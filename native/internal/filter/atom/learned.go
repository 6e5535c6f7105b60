package atom

import (
	"fmt"
	"net/netip"

	"sallyport.dev/netd/internal/object"
)

// Learned is a target by domain at an address that its name led to.
type Learned struct {
	Resource string
	Target   object.Target
}

// At compiles what one address means once names led to it: the targets by prefix that hold it and
// the learned ones, which count like a prefix of a single address. Where a learned target meets
// another resource that is just as specific, no packet could say whose it is: ErrConflict.
func (t Table) At(address netip.Addr, learned []Learned) (Table, error) {
	host := netip.PrefixFrom(address, address.BitLen())
	r := region{ranges: []addressRange{{address, address}}, is4: address.Is4()}
	for bits := host.Bits(); bits >= 0; bits-- {
		if outer, err := address.Prefix(bits); err == nil {
			r.claims = append(r.claims, t.byPrefix[outer]...)
		}
	}
	for _, item := range learned {
		target := item.Target
		target.Prefix = host
		for _, c := range claimsOf(target, item.Resource, t.IDs[item.Resource]) {
			for _, other := range r.claims {
				if c.ties(other) {
					return Table{}, fmt.Errorf("%w: %s and %s meet at %s",
						ErrConflict, c.resource, other.resource, address)
				}
			}
			r.claims = append(r.claims, c)
		}
	}
	found := Table{}
	found.add(r)
	return found, nil
}

// ties tells whether two resources are equally specific for a packet that both match.
func (a claim) ties(b claim) bool {
	return a.id != b.id && a.prefix.Bits() == b.prefix.Bits() && a.ofPorts == b.ofPorts &&
		a.proto == b.proto && a.ports.First <= b.ports.Last && b.ports.First <= a.ports.Last
}

// Resources lists every resource that has a target at this address.
func (t Table) Resources(address netip.Addr, learned []Learned) []string {
	found := []string{}
	for bits := address.BitLen(); bits >= 0; bits-- {
		if outer, err := address.Prefix(bits); err == nil {
			for _, c := range t.byPrefix[outer] {
				found = append(found, c.resource)
			}
		}
	}
	for _, item := range learned {
		found = append(found, item.Resource)
	}
	return found
}
