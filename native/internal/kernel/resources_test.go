//go:build linux

package kernel

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

// atomsInKernel lists the elements of the atom maps as the kernel holds them.
func atomsInKernel(t *testing.T) []string {
	t.Helper()
	socket, lines := &nfnl.Socket{}, []string{}
	for _, set := range []string{"atom4", "atom6", "atomp4", "atomp6", "digest"} {
		held, err := socket.Elements(filter.TableName, set)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range held {
			end := item.End
			if bytes.Equal(end, item.Key) {
				end = nil // one key alone: written with or without its end
			}
			lines = append(lines, fmt.Sprintf("%s %x-%x %x", set, item.Key, end, item.Data))
		}
	}
	slices.Sort(lines)
	return lines
}

func randomResources(random *rand.Rand) []object.Resource {
	resources := []object.Resource{}
	taken := map[string]bool{}
	for _, index := range random.Perm(12)[:1+random.IntN(10)] {
		resource := object.Resource{ID: fmt.Sprintf("res_%02d", index)}
		for range 1 + random.IntN(3) {
			address := netip.AddrFrom4([4]byte{10, 50, 0, byte(random.IntN(8))})
			if random.IntN(2) == 0 {
				address = netip.MustParseAddr(fmt.Sprintf("fd50::%x", random.IntN(8)))
			}
			prefix, _ := address.Prefix(address.BitLen() - []int{0, 1, 8}[random.IntN(3)])
			target := object.Target{
				Prefix: prefix, Proto: []string{"tcp", "udp", "icmp", "any"}[random.IntN(4)],
			}
			if target.Proto == "tcp" || target.Proto == "udp" {
				first := uint16(1 + random.IntN(9))
				target.Ports = []object.PortRange{{First: first, Last: first + uint16(random.IntN(5))}}
			}
			if key := fmt.Sprint(prefix, target.Proto, target.Ports); !taken[key] {
				taken[key] = true
				resource.Targets = append(resource.Targets, target)
			}
		}
		resources = append(resources, resource)
	}
	return resources
}

func TestChangedResourcesGiveTheSameAtomsAsANewTable(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	open := upsert(l.grant("res_git"), lasting, time.Hour)
	if _, err := l.gateway.Commit(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		return nstest.Run(t, "nft", "-a", "list", "chain", "inet", "sallyport", "from_device")
	}
	before, random := list(), rand.New(rand.NewPCG(1, 2))
	for round := range 25 {
		config := l.gatewayConfig
		config.Resources = append(randomResources(random), l.gatewayConfig.Resources...)
		configured(t, l, config, l.gateway)
		changed := atomsInKernel(t)
		if list() != before {
			t.Fatalf("round %d: the table was loaded anew", round)
		}
		nstest.Run(t, "nft", "flush", "ruleset")
		configured(t, l, config, l.gateway)
		before = list()
		if loaded := atomsInKernel(t); !slices.Equal(changed, loaded) {
			t.Fatalf("round %d: changed to\n%v\nbut a new table has\n%v", round, changed, loaded)
		}
		if live, grants := elementsOf(t, l.gateway); live != 2 || grants != 2 {
			t.Fatalf("round %d: %d live, %d grants", round, live, grants)
		}
	}
}

func TestAPermitFollowsItsResource(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	all := l.gatewayConfig.Resources
	l.gatewayConfig.Resources = all[1:]
	l.configure(t)
	mustNotReach(t, "without the resource")
	if grants := l.observe(t).Grants; grants != 0 {
		t.Errorf("%d permits are left without their resource", grants)
	}
	l.gatewayConfig.Resources = all
	l.configure(t)
	mustReach(t, "with the resource again")
}
