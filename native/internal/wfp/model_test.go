package wfp_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/wfp"
)

const (
	tcp, udp, icmp6 = 6, 17, 58
	lan, tunnel     = uint64(11), uint64(53)
	own, other      = `\device\netd.exe`, `\device\browser.exe`
)

// may is the guard as one would explain it: slow, and with no tiers.
func may(wanted wfp.Wanted, p fakekernel.Packet) bool {
	switch p.Layer {
	case wfp.Forward:
		return mayForward(wanted, p)
	case wfp.Accept:
		return mayAccept(wanted, p)
	}
	return mayConnect(wanted, p)
}

func mayForward(wanted wfp.Wanted, p fakekernel.Packet) bool {
	if wanted.Tunnel != 0 && (p.Interface == wanted.Tunnel || p.Onward == wanted.Tunnel) {
		return false
	}
	return !held(wanted.Protected, p.Remote)
}

func mayConnect(wanted wfp.Wanted, p fakekernel.Packet) bool {
	if p.Loopback {
		return true
	}
	if held(wanted.Self, p.Remote) {
		return false
	}
	if wanted.Tunnel != 0 && p.Interface == wanted.Tunnel {
		return held(wanted.Granted, p.Remote)
	}
	if held(wanted.Self, p.Local) {
		return false
	}
	if isDHCP(p) || isNeighbour(p, 133) {
		return true
	}
	for _, item := range wanted.Exempt {
		if p.Remote == item.Address && p.RemotePort == item.Port &&
			(item.TCP && p.Protocol == tcp || !item.TCP && p.Protocol == udp) {
			return true
		}
	}
	return isGateway(wanted, p) || !held(wanted.Protected, p.Remote)
}

func mayAccept(wanted wfp.Wanted, p fakekernel.Packet) bool {
	if p.Loopback {
		return true
	}
	if wanted.Tunnel != 0 && (p.Interface == wanted.Tunnel || p.Arrival == wanted.Tunnel) {
		return false
	}
	if held(wanted.Self, p.Local) || held(wanted.Self, p.Remote) {
		return false
	}
	if isDHCP(p) || isNeighbour(p, 134) {
		return true
	}
	return isGateway(wanted, p) || !held(wanted.Protected, p.Remote)
}

func isDHCP(p fakekernel.Packet) bool {
	if p.Remote.Is4() {
		return p.Protocol == udp && p.LocalPort == 68 && p.RemotePort == 67
	}
	return p.Protocol == udp && p.LocalPort == 546 && p.RemotePort == 547
}

// isNeighbour knows neighbour discovery by the type that stands where others have their port.
func isNeighbour(p fakekernel.Packet, router uint16) bool {
	return p.Remote.Is6() && p.Protocol == icmp6 &&
		(p.LocalPort == router || p.LocalPort == 135 || p.LocalPort == 136)
}

func isGateway(wanted wfp.Wanted, p fakekernel.Packet) bool {
	for _, endpoint := range wanted.Endpoints {
		if netip.AddrPortFrom(p.Remote, p.RemotePort) == endpoint {
			return p.Protocol == udp && p.Program == wanted.Program
		}
	}
	return false
}

func held(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// some leaves out each with the same chance.
func some[T any](random *rand.Rand, of ...T) []T {
	kept := []T{}
	for _, item := range of {
		if random.IntN(2) == 0 {
			kept = append(kept, item)
		}
	}
	return kept
}

func address(text string) netip.Addr { return netip.MustParseAddr(text) }

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// drawn is a desired guard in a world so small that packets meet it often.
func drawn(random *rand.Rand) wfp.Wanted {
	return wfp.Wanted{
		Protected: some(random, prefix("10.50.0.0/16"), prefix("10.51.3.0/24"), prefix("fd50::/48"),
			prefix("100.96.0.0/16")),
		Self:    some(random, prefix("100.96.1.2/32"), prefix("fd96::2/128")),
		Tunnel:  pick(random, 0, tunnel),
		Program: own,
		Granted: some(random, prefix("10.50.0.10/32"), prefix("172.16.0.0/24"), prefix("fd50::10/128")),
		Endpoints: some(random, netip.MustParseAddrPort("10.50.0.1:51820"),
			netip.MustParseAddrPort("[fd50::1]:51820")),
		Exempt: some(random, wfp.Exempt{Address: address("10.50.0.9"), TCP: true, Port: 443},
			wfp.Exempt{Address: address("fd50::9"), Port: 53}),
	}
}

func packet(random *rand.Rand) fakekernel.Packet {
	p := fakekernel.Packet{
		Layer:      pick(random, wfp.Connect, wfp.Connect, wfp.Accept, wfp.Forward),
		Protocol:   pick[uint8](random, tcp, udp, udp, icmp6, 1),
		LocalPort:  pick[uint16](random, 68, 546, 133, 134, 135, 136, 137, 40000),
		RemotePort: pick[uint16](random, 67, 547, 443, 53, 51820, 80, 0),
		Interface:  pick(random, lan, tunnel), Arrival: pick(random, lan, tunnel),
		Onward: pick(random, lan, tunnel), Program: pick(random, own, other),
		Loopback: random.IntN(8) == 0,
	}
	p.Local = pick(random, address("192.168.1.5"), address("100.96.1.2"), address("10.50.0.77"))
	p.Remote = pick(random, address("10.50.0.1"), address("10.50.0.9"), address("10.50.0.10"),
		address("10.51.3.4"), address("172.16.0.3"), address("203.0.113.9"), address("100.96.1.2"),
		address("100.96.0.1"))
	if random.IntN(2) == 0 {
		p.Local = pick(random, address("2001:db8::5"), address("fd96::2"))
		p.Remote = pick(random, address("fd50::1"), address("fd50::9"), address("fd50::10"),
			address("2001:db8::9"), address("fd96::2"), address("fe80::1"))
	}
	if p.Layer != wfp.Accept {
		p.Arrival = 0
	}
	if p.Layer != wfp.Forward {
		p.Onward = 0
	} else {
		p.Loopback, p.Program = false, ""
	}
	return p
}

func TestTheFiltersOfWindowsJudgeAsTheModel(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 3))
	passed, dropped := 0, 0
	for range 300 {
		wanted, engine := drawn(random), fakekernel.NewEngine()
		if err := wfp.Reconcile(engine, wfp.Filters(wanted)); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			p := packet(random)
			if got := engine.Passes(p); got != may(wanted, p) {
				t.Fatalf("passes: %v\n%+v\n%+v", got, p, wanted)
			} else if got {
				passed++
			} else {
				dropped++
			}
		}
	}
	if passed < 10000 || dropped < 10000 {
		t.Fatalf("the draw shows little: %d passed, %d dropped", passed, dropped)
	}
}

// TestNothingOpensBetweenTwoGuards looks after every single change on the way from one to the other.
func TestNothingOpensBetweenTwoGuards(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 5))
	for range 60 {
		before, after, engine := drawn(random), drawn(random), fakekernel.NewEngine()
		if err := wfp.Reconcile(engine, wfp.Filters(before)); err != nil {
			t.Fatal(err)
		}
		engine.Changed = func() {
			for range 40 {
				if p := packet(random); engine.Passes(p) && !may(before, p) && !may(after, p) {
					t.Fatalf("open in between: %+v\n%+v\n%+v", p, before, after)
				}
			}
		}
		if err := wfp.Reconcile(engine, wfp.Filters(after)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAttackAKilledProcessLeavesNothingOpen is what stands after netd, and at the start of a machine.
func TestAttackAKilledProcessLeavesNothingOpen(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 1))
	for range 200 {
		wanted, engine := drawn(random), fakekernel.NewEngine()
		if err := wfp.Reconcile(engine, wfp.Filters(wanted)); err != nil {
			t.Fatal(err)
		}
		if err := engine.Close(); err != nil {
			t.Fatal(err)
		}
		alone := wfp.Wanted{Protected: wanted.Protected, Self: wanted.Self}
		for range 200 {
			p := packet(random)
			p.Booting = p.Layer != wfp.Forward && random.IntN(2) == 0
			if got := engine.Passes(p); got != may(alone, p) {
				t.Fatalf("passes: %v\n%+v\n%+v", got, p, wanted)
			}
		}
	}
}

func TestAFilterThatIsRefusedOpensNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	before, after := drawn(random), drawn(random)
	after.Protected = append(after.Protected, prefix("198.51.100.0/24"))
	engine := fakekernel.NewEngine()
	if err := wfp.Reconcile(engine, wfp.Filters(before)); err != nil {
		t.Fatal(err)
	}
	engine.Refuses = func(filter wfp.Filter) bool { return filter.Name == "protected" }
	if err := wfp.Reconcile(engine, wfp.Filters(after)); err == nil {
		t.Fatal("a guard that was refused is taken for one that stands")
	}
	for range 20000 {
		if p := packet(random); engine.Passes(p) && !may(before, p) {
			t.Fatalf("opened: %+v\n%+v\n%+v", p, before, after)
		}
	}
}

func TestManyPrefixesAreHeldInFull(t *testing.T) {
	wanted := wfp.Wanted{}
	for index := range 1000 {
		text := fmt.Sprintf("10.%d.%d.0/24", index/256, index%256)
		wanted.Protected = append(wanted.Protected, prefix(text))
	}
	engine := fakekernel.NewEngine()
	filters := wfp.Filters(wanted)
	if err := wfp.Reconcile(engine, filters); err != nil {
		t.Fatal(err)
	}
	for _, filter := range filters {
		if len(filter.Remote) > 64 {
			t.Fatalf("%d conditions in one filter", len(filter.Remote))
		}
	}
	for _, target := range wanted.Protected {
		p := fakekernel.Packet{Remote: target.Addr().Next(), Local: address("192.168.1.5"),
			Protocol: tcp, Interface: lan}
		if engine.Passes(p) {
			t.Fatalf("%s is open", target)
		}
	}
}

func TestAGuardThatStandsIsNotWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	wanted, engine := drawn(random), fakekernel.NewEngine()
	if err := wfp.Reconcile(engine, wfp.Filters(wanted)); err != nil {
		t.Fatal(err)
	}
	written := engine.Calls
	if err := wfp.Reconcile(engine, wfp.Filters(wanted)); err != nil || engine.Calls != written {
		t.Fatal(err, engine.Calls-written)
	}
}

func TestRemoveLeavesNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 4))
	engine := fakekernel.NewEngine()
	if err := wfp.Reconcile(engine, wfp.Filters(drawn(random))); err != nil {
		t.Fatal(err)
	}
	if err := wfp.Remove(engine); err != nil || engine.Standing {
		t.Fatal(err, engine.Standing)
	}
	if keys, _ := engine.Keys(); len(keys) != 0 {
		t.Fatal(keys)
	}
}

func TestAnEngineThatHoldsOtherFiltersIsNotBelieved(t *testing.T) {
	engine := forgetful{fakekernel.NewEngine()}
	wanted := wfp.Wanted{Protected: []netip.Prefix{prefix("10.50.0.0/16")}}
	if err := wfp.Reconcile(engine, wfp.Filters(wanted)); err == nil {
		t.Fatal("the filters were not read back")
	}
}

// forgetful takes filters and holds none.
type forgetful struct{ *fakekernel.Engine }

func (forgetful) Add(wfp.Filter) error { return nil }
