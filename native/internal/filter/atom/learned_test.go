package atom

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/object"
)

// A learned target must mean what the same target would mean as a prefix of one address.
func TestALearnedAddressMeansWhatAPrefixWould(t *testing.T) {
	conflicts := 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 11))
		resources := append(randomResources(random), object.Resource{ID: "res_named"})
		named := &resources[len(resources)-1]
		host := randomPacket(random).address
		target := randomTarget(random)
		target.Prefix, target.Domain = netip.Prefix{}, "git.corp.example"
		named.Targets = []object.Target{target}
		table, err := Compile(resources)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		learned, err := table.At(host, []Learned{{"res_named", target}})
		if errors.Is(err, ErrConflict) {
			conflicts++
			continue
		}
		target.Domain, target.Prefix = "", netip.PrefixFrom(host, host.BitLen())
		named.Targets = []object.Target{target}
		whole, err := Compile(resources)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range 200 {
			p := randomPacket(random)
			p.address = host
			if got, want := lookUp(t, learned, p), lookUp(t, whole, p); got != want {
				t.Fatalf("seed %d: %v belongs to %d, by prefix to %d", seed, p, got, want)
			}
		}
	}
	if conflicts > 100 {
		t.Errorf("only %d of 150 were compared", 150-conflicts)
	}
}

func TestTwoResourcesAtOneDoorAreAConflict(t *testing.T) {
	https := []object.PortRange{port(443)}
	named := func(domain string, ports []object.PortRange) []object.Target {
		return []object.Target{{Domain: domain, Proto: "tcp", Ports: ports}}
	}
	one := object.Resource{ID: "res_a", Targets: named("a.example", https)}
	two := object.Resource{ID: "res_b", Targets: named("b.example", https)}
	ssh := object.Resource{ID: "res_c", Targets: named("c.example", []object.PortRange{port(22)})}
	table, err := Compile([]object.Resource{one, two, ssh})
	if err != nil {
		t.Fatal(err)
	}
	host := netip.MustParseAddr("10.0.0.1")
	both := []Learned{{"res_a", one.Targets[0]}, {"res_b", two.Targets[0]}}
	if _, err := table.At(host, both); !errors.Is(err, ErrConflict) {
		t.Errorf("the same door: %v", err)
	}
	apart := []Learned{{"res_a", one.Targets[0]}, {"res_c", ssh.Targets[0]}}
	if found, err := table.At(host, apart); err != nil || len(found.Ports) != 2 {
		t.Errorf("two doors of one host: %+v, %v", found, err)
	}
}
