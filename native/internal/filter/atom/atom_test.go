package atom

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"sallyport.dev/netd/internal/object"
)

func target(prefix, proto string, ports ...object.PortRange) object.Target {
	return object.Target{Prefix: netip.MustParsePrefix(prefix), Proto: proto, Ports: ports}
}

func port(first uint16, last ...uint16) object.PortRange {
	return object.PortRange{First: first, Last: append(last, first)[0]}
}

type packet struct {
	address netip.Addr
	proto   uint8
	port    uint16
}

// plainTarget is a target with its ports as a table: nothing to cut, nothing to merge.
type plainTarget struct {
	object.Target
	resource string
	ports    *[65536]bool
	count    int
}

func plainTargets(resources []object.Resource) []plainTarget {
	list := []plainTarget{}
	for _, resource := range resources {
		for _, t := range resource.Targets {
			plain := plainTarget{Target: t, resource: resource.ID, ports: &[65536]bool{}}
			for port := range plain.ports {
				plain.ports[port] = len(t.Ports) == 0
				for _, r := range t.Ports {
					inside := int(r.First) <= port && port <= int(r.Last)
					plain.ports[port] = plain.ports[port] || inside
				}
				if plain.ports[port] {
					plain.count++
				}
			}
			list = append(list, plain)
		}
	}
	return list
}

// model judges one packet against every target, with none of the compiler's cutting.
func model(targets []plainTarget, p packet) string {
	winner, best := "", []int(nil)
	for _, t := range targets {
		matches, wide := t.ports[p.port], 0
		switch t.Proto {
		case "tcp":
			matches = matches && p.proto == TCP
		case "udp":
			matches = matches && p.proto == UDP
		case "icmp":
			matches = (p.proto == ICMP && p.address.Is4()) || (p.proto == ICMPv6 && p.address.Is6())
		default:
			matches, wide = true, 1
		}
		if !t.Prefix.Contains(p.address) || !matches {
			continue
		}
		rank := []int{-t.Prefix.Bits(), t.count, wide}
		even := reflect.DeepEqual(rank, best) && t.resource < winner
		if winner == "" || less(rank, best) || even {
			winner, best = t.resource, rank
		}
	}
	return winner
}

func less(a, b []int) bool {
	for index := range a {
		if a[index] != b[index] {
			return a[index] < b[index]
		}
	}
	return false
}

// lookUp does what the kernel does, and fails when two atoms claim the packet.
func lookUp(t *testing.T, table Table, p packet) ID {
	hits := []ID{}
	inside := func(first, last netip.Addr) bool {
		return first.Is4() == p.address.Is4() &&
			first.Compare(p.address) <= 0 && p.address.Compare(last) <= 0
	}
	if p.proto == TCP || p.proto == UDP {
		for _, a := range table.Ports {
			if inside(a.First, a.Last) && a.Proto == p.proto &&
				a.Ports.First <= p.port && p.port <= a.Ports.Last {
				hits = append(hits, a.ID)
			}
		}
	} else {
		for _, a := range table.Protocols {
			if inside(a.First, a.Last) && a.FirstProto <= p.proto && p.proto <= a.LastProto {
				hits = append(hits, a.ID)
			}
		}
	}
	if len(hits) > 1 {
		t.Fatalf("%v is in %d atoms: not disjoint", p, len(hits))
	}
	if len(hits) == 0 {
		return 0
	}
	return hits[0]
}

func TestCompileAgreesWithTheObviousModel(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 7))
		resources := randomResources(random)
		table, err := Compile(resources)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		targets := plainTargets(resources)
		names := map[ID]string{0: ""}
		for name, id := range table.IDs {
			names[id] = name
		}
		for range 300 {
			p := randomPacket(random)
			if got, want := names[lookUp(t, table, p)], model(targets, p); got != want {
				t.Fatalf("seed %d: %+v belongs to %q, the model says %q", seed, p, got, want)
			}
		}
	}
}

func randomResources(random *rand.Rand) []object.Resource {
	resources := []object.Resource{}
	taken := map[string]bool{}
	for index := range 1 + random.IntN(8) {
		resource := object.Resource{ID: fmt.Sprintf("res_%02d", index)}
		for range 1 + random.IntN(4) {
			t := randomTarget(random)
			if key := fmt.Sprint(t.Prefix, t.Proto, mergePorts(t.Ports)); !taken[key] {
				taken[key] = true
				resource.Targets = append(resource.Targets, t)
			}
		}
		resources = append(resources, resource)
	}
	random.Shuffle(len(resources), func(i, j int) {
		resources[i], resources[j] = resources[j], resources[i]
	})
	return resources
}

func randomTarget(random *rand.Rand) object.Target {
	address := randomAddress(random)
	all := address.BitLen()
	bits := []int{all, all - 1, all - 2, all - 8, 8}
	prefix, _ := address.Prefix(bits[random.IntN(len(bits))])
	proto := []string{"tcp", "udp", "icmp", "any"}[random.IntN(4)]
	ranges := []object.PortRange{}
	if proto == "tcp" || proto == "udp" {
		for range 1 + random.IntN(3) {
			first := uint16(1 + random.IntN(12))
			ranges = append(ranges, port(first, first+uint16(random.IntN(4))))
		}
		if random.IntN(5) == 0 {
			ranges = []object.PortRange{port(1, 65535)}
		}
	}
	return object.Target{Prefix: prefix, Proto: proto, Ports: ranges}
}

func randomAddress(random *rand.Rand) netip.Addr {
	if random.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, 255, 255, byte(248 + random.IntN(8))})
	}
	address := netip.MustParseAddr("fdff::").As16()
	address[15] = byte(random.IntN(8))
	return netip.AddrFrom16(address)
}

func randomPacket(random *rand.Rand) packet {
	proto := []uint8{TCP, UDP, ICMP, ICMPv6, 47, 255, 0}[random.IntN(7)]
	ports := []uint16{0, uint16(random.IntN(20)), 65535}
	return packet{randomAddress(random), proto, ports[random.IntN(3)]}
}

func TestCompileIsIndependentOfTheOrder(t *testing.T) {
	a := object.Resource{ID: "res_a", Targets: []object.Target{target("10.0.0.0/8", "any")}}
	b := object.Resource{ID: "res_b", Targets: []object.Target{target("10.1.0.1/32", "tcp", port(22))}}
	first, _ := Compile([]object.Resource{a, b})
	second, _ := Compile([]object.Resource{b, a})
	if !reflect.DeepEqual(first, second) {
		t.Errorf("order of resources changes the table:\n%+v\n%+v", first, second)
	}
}

func TestCompileRefuses(t *testing.T) {
	named := []object.Target{{Domain: "git.corp", Proto: "any"}}
	one, other := object.Resource{ID: "res_d", Targets: named}, object.Resource{ID: "res_e", Targets: named}
	if _, err := Compile([]object.Resource{one, other}); !errors.Is(err, ErrConflict) {
		t.Errorf("equal domains gave %v", err)
	}
	both := target("10.0.0.0/8", "tcp", port(22, 23))
	same := target("10.0.0.0/8", "tcp", port(23), port(22))
	a := object.Resource{ID: "res_a", Targets: []object.Target{both}}
	b := object.Resource{ID: "res_b", Targets: []object.Target{same}}
	if _, err := Compile([]object.Resource{a, b}); !errors.Is(err, ErrConflict) {
		t.Errorf("equal targets gave %v", err)
	}
}

func TestCompileBoundsTheTable(t *testing.T) {
	resource := object.Resource{ID: "res_a"}
	wide := object.Resource{ID: "res_w", Targets: []object.Target{target("10.0.0.0/8", "any")}}
	for index := range 40000 {
		address := netip.AddrFrom4([4]byte{10, byte(index >> 15), byte(index >> 7), byte(index << 1)})
		resource.Targets = append(resource.Targets, object.Target{
			Prefix: netip.PrefixFrom(address, 32), Proto: "tcp", Ports: []object.PortRange{port(22)},
		})
	}
	if _, err := Compile([]object.Resource{resource, wide}); !errors.Is(err, ErrTooMany) {
		t.Errorf("an exploding table gave %v", err)
	}
}
