// Package atom compiles the resources of a gateway into disjoint atoms: boxes of addresses,
// protocols and ports that each belong to one resource. It is pure: no kernel, no clock.
//
// The kernel does not enforce that map entries are disjoint (insertion order would decide), so the
// compiler must: the most specific target wins, that is the longest prefix, then the fewest ports,
// then the narrowest protocol, then the smaller resource id.
package atom

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sallyport.dev/netd/internal/object"
)

// ID stands for one resource in the packet mark and in the grant sets: 1..0xffffff.
type ID uint32

const maxID = 1<<24 - 1

// Protocol numbers of the headers that the maps look at.
const (
	TCP    = 6
	UDP    = 17
	ICMP   = 1
	ICMPv6 = 58
)

// maxAtoms bounds what one configuration may put into the kernel (about 120 bytes each).
const maxAtoms = 1 << 18

// Errors of Compile; the text behind names the resource.
var (
	ErrConflict = errors.New("conflict")
	ErrTooMany  = errors.New("ceiling")
)

// PortAtom belongs to the maps (address, protocol, port); both ranges are inclusive.
type PortAtom struct {
	First, Last netip.Addr
	Proto       uint8
	Ports       object.PortRange
	ID          ID
}

// ProtocolAtom belongs to the port-less maps (address, protocol) for everything but TCP and UDP.
type ProtocolAtom struct {
	First, Last           netip.Addr
	FirstProto, LastProto uint8
	ID                    ID
}

// Table is the compiled form; IDs names every resource, also one that never wins.
type Table struct {
	IDs       map[string]ID
	Ports     []PortAtom
	Protocols []ProtocolAtom
	byPrefix  map[netip.Prefix][]claim
}

// Compile refuses one target in two resources (ErrConflict) and tables beyond 262,144 atoms
// (ErrTooMany). Targets by domain have no atoms before an address is learned. Same resources in
// another order give the same table.
func Compile(resources []object.Resource) (Table, error) {
	claims, ids, err := collect(resources)
	if err != nil {
		return Table{}, err
	}
	table := Table{IDs: ids, byPrefix: map[netip.Prefix][]claim{}}
	for _, c := range claims {
		table.byPrefix[c.prefix] = append(table.byPrefix[c.prefix], c)
	}
	for _, region := range regions(claims) {
		table.add(region)
		if len(table.Ports)+len(table.Protocols) > maxAtoms {
			return Table{}, fmt.Errorf("%w: more than %d atoms", ErrTooMany, maxAtoms)
		}
	}
	return table, nil
}

func (t *Table) add(r region) {
	ports, protocols := r.portSegments(), r.protocolSegments()
	for _, addresses := range r.ranges {
		for _, segment := range ports {
			segment.First, segment.Last = addresses.first, addresses.last
			t.Ports = append(t.Ports, segment)
		}
		for _, segment := range protocols {
			segment.First, segment.Last = addresses.first, addresses.last
			t.Protocols = append(t.Protocols, segment)
		}
	}
}

// claim is one target with one port range, in the order of precedence that decides.
type claim struct {
	prefix   netip.Prefix
	proto    string
	ports    object.PortRange
	ofPorts  int // ports of the whole target: the measure of "fewest ports"
	resource string
	id       ID
}

func collect(resources []object.Resource) ([]claim, map[string]ID, error) {
	sorted := slices.Clone(resources)
	slices.SortFunc(sorted, func(a, b object.Resource) int { return strings.Compare(a.ID, b.ID) })
	ids := assignIDs(sorted)
	owners := map[string]string{}
	claims := []claim{}
	for _, resource := range sorted {
		id := ids[resource.ID]
		for _, target := range resource.Targets {
			key := fmt.Sprint(target.Prefix, target.Domain, target.Proto, mergePorts(target.Ports))
			if owner, taken := owners[key]; taken && owner != resource.ID {
				return nil, nil, fmt.Errorf("%w: %s and %s have an equal target",
					ErrConflict, owner, resource.ID)
			}
			owners[key] = resource.ID
			if target.Domain != "" {
				continue
			}
			claims = append(claims, claimsOf(target, resource.ID, id)...)
		}
	}
	return claims, ids, nil
}

// assignIDs derives the ids from the names, so that a resource keeps its id, and with it the
// elements of its grants, while others come and go. Of two names with one id the later moves on.
func assignIDs(sorted []object.Resource) map[string]ID {
	ids, taken := map[string]ID{}, map[ID]bool{0: true}
	for _, resource := range sorted {
		id := ID(0)
		for attempt := 0; taken[id]; attempt++ {
			digest := sha256.Sum256(fmt.Appendf(nil, "%s %d", resource.ID, attempt))
			id = ID(binary.BigEndian.Uint32(digest[:]) & maxID)
		}
		ids[resource.ID], taken[id] = id, true
	}
	return ids
}

func claimsOf(target object.Target, resource string, id ID) []claim {
	ranges := mergePorts(target.Ports)
	if target.Proto == "any" || target.Proto == "icmp" {
		ranges = []object.PortRange{{First: 0, Last: 65535}}
	}
	total := 0
	for _, ports := range ranges {
		total += int(ports.Last) - int(ports.First) + 1
	}
	claims := make([]claim, 0, len(ranges))
	for _, ports := range ranges {
		claims = append(claims, claim{
			prefix: target.Prefix.Masked(), proto: target.Proto, ports: ports,
			ofPorts: total, resource: resource, id: id,
		})
	}
	return claims
}

// mergePorts sorts ranges and joins those that touch, so that "22,23" and "22-23" count alike.
func mergePorts(ranges []object.PortRange) []object.PortRange {
	sorted := slices.Clone(ranges)
	slices.SortFunc(sorted, func(a, b object.PortRange) int { return int(a.First) - int(b.First) })
	merged := sorted[:0]
	for _, next := range sorted {
		if last := len(merged) - 1; last >= 0 && int(next.First) <= int(merged[last].Last)+1 {
			merged[last].Last = max(merged[last].Last, next.Last)
			continue
		}
		merged = append(merged, next)
	}
	return merged
}

// beats tells whether a is more specific than b for a packet that both match.
func (a claim) beats(b claim) bool {
	switch {
	case a.prefix.Bits() != b.prefix.Bits():
		return a.prefix.Bits() > b.prefix.Bits()
	case a.ofPorts != b.ofPorts:
		return a.ofPorts < b.ofPorts
	case (a.proto == "any") != (b.proto == "any"):
		return b.proto == "any"
	default:
		return a.resource < b.resource
	}
}
