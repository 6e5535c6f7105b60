//go:build linux

package kernel

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
)

// insideLab is the lab with a default route of the gateway in both families, which leads to the device:
// what leaves by it is seen in clear there.
type insideLab struct {
	*lab
	clear4, clear6     func() string
	arrived4, arrived6 func() string // out of the tunnel
}

func newInsideLab(t *testing.T) *insideLab {
	t.Helper()
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.openRoadOfResource(t)
	l.defaultRoutes(t)
	l.gatewayConfig.Mode = "routed" // a device keeps its address, so nothing else hides it
	l.open(t)
	mustReach(t, "with its LAN")
	return l.counting(t)
}

func (l *lab) counting(t *testing.T) *insideLab {
	t.Helper()
	four, six := " ip daddr 10.50.0.10", " ip6 daddr fd50::10"
	return &insideLab{lab: l,
		clear4:   counted(t, hereSpace{}, "clear4", "iifname wan0"+four),
		clear6:   counted(t, hereSpace{}, "clear6", "iifname wan0"+six),
		arrived4: counted(t, l.site, "arrived4", "iifname spg0"+four),
		arrived6: counted(t, l.site, "arrived6", "iifname spg0"+six)}
}

func (l *lab) defaultRoutes(t *testing.T) {
	t.Helper()
	nstest.Run(t, "ip", "addr", "add", "2001:db8::1/64", "dev", "wan0", "nodad")
	l.site.Run(t, "ip", "addr", "add", "2001:db8::2/64", "dev", "wan1", "nodad")
	l.site.Run(t, "ip", "route", "add", "default", "via", "192.0.2.1")
	l.site.Run(t, "ip", "-6", "route", "add", "default", "via", "2001:db8::1")
}

// nothingInClear tries to reach the resource and fails the test where that is seen outside.
func (l *insideLab) nothingInClear(t *testing.T, what string) {
	t.Helper()
	before4, before6 := l.arrived4(), l.arrived6()
	until(t, what+": the gateway is asked to", func() bool {
		mustNotReach(t, what)
		return l.arrived4() != before4 && l.arrived6() != before6
	})
	if four, six := l.clear4(), l.clear6(); four != nothing || six != nothing {
		t.Errorf("%s: in clear by the default route: IPv4 %s, IPv6 %s", what, four, six)
	}
}

// lanUp gives the LAN back what its fall took.
func (l *insideLab) lanUp(t *testing.T) {
	t.Helper()
	l.site.Run(t, "ip", "link", "set", "lan0", "up")
	l.site.Run(t, "ip", "addr", "replace", "10.50.0.1/24", "dev", "lan0")
	l.site.Run(t, "ip", "addr", "replace", "fd50::1/64", "dev", "lan0", "nodad")
}

func (l *insideLab) lanDown(t *testing.T) {
	t.Helper()
	l.site.Run(t, "ip", "link", "set", "lan0", "down")
	// What netd would take for a network of the machine all the same is another test's.
	l.site.Run(t, "ip", "addr", "flush", "dev", "lan0")
}

// flows sends on all ways until the test ends.
func flows(t *testing.T) {
	t.Helper()
	ended := atomic.Bool{}
	done := make(chan struct{})
	open := []net.Conn{}
	for _, way := range everyWay {
		flow, err := net.DialTimeout(way.network, way.address, patience)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, flow)
	}
	go func() {
		defer close(done)
		for ; !ended.Load(); time.Sleep(time.Millisecond) {
			for _, flow := range open {
				_ = flow.SetWriteDeadline(time.Now().Add(time.Millisecond))
				_, _ = flow.Write([]byte("on and on"))
			}
		}
	}()
	t.Cleanup(func() {
		ended.Store(true)
		<-done
		for _, flow := range open {
			_ = flow.Close()
		}
	})
}

func insideLost(t *testing.T, l *insideLab) string {
	t.Helper()
	found := ""
	l.site.Do(func() {
		observed, err := l.gateway.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range observed.Findings {
			if finding.Kind == ports.InsideLost {
				found = finding.Detail
			}
		}
	})
	return found
}

func TestALANThatIsGoneLeavesNothingToTheDefaultRoute(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	flows(t)
	for _, fall := range []struct {
		what string
		by   func()
	}{
		{"down", func() { l.site.Run(t, "ip", "link", "set", "lan0", "down") }},
		{"without addresses", func() { l.site.Run(t, "ip", "addr", "flush", "dev", "lan0") }},
		{"without routes", func() {
			l.site.Run(t, "ip", "route", "flush", "dev", "lan0")
			l.site.Run(t, "ip", "-6", "route", "flush", "dev", "lan0")
		}},
		{"deleted", func() { l.site.Run(t, "ip", "link", "del", "lan0") }},
	} {
		fall.by()
		l.nothingInClear(t, fall.what)
		if told := insideLost(t, l); told != "10.50.0.0/24, fd50::/64" {
			t.Errorf("%s: told %q", fall.what, told)
		}
		if fall.what == "deleted" {
			nstest.Run(t, "ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
			l.site.Adopt(t, "lan0")
			l.resource.Adopt(t, "lan1")
			l.resource.Run(t, "ip", "addr", "add", "10.50.0.10/24", "dev", "lan1")
			l.resource.Run(t, "ip", "addr", "add", "fd50::10/64", "dev", "lan1", "nodad")
			l.resource.Run(t, "ip", "link", "set", "lan1", "up")
			l.openRoadOfResource(t)
		}
		l.site.Run(t, "ip", "link", "set", "lan0", "down")
		l.lanUp(t)
		mustReach(t, "back after "+fall.what)
		if told := insideLost(t, l); told != "" {
			t.Errorf("back after %s: told %q", fall.what, told)
		}
	}
	l.lanDown(t)
	for _, family := range []string{"-4", "-6"} {
		l.site.Run(t, "ip", family, "route", "flush", "table", "5351")
	}
	until(t, "control: without what is remembered both families leave", func() bool {
		mustNotReach(t, "control")
		return l.clear4() != nothing && l.clear6() != nothing
	})
}

// A gateway that translates addresses answers a resource by itself where it knows the flow no longer.
func TestWhatAGatewaySaysOfFlowsStaysInsideToo(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	l.site.Run(t, "sysctl", "-q", "net.ipv4.conf.all.rp_filter=0")
	l.site.Run(t, "sysctl", "-q", "net.ipv4.conf.lan0.rp_filter=0")
	speak := func() {
		for _, address := range []string{"10.50.0.1:9", "[fd50::1]:9"} {
			l.resource.Do(func() { _ = echo("tcp", address, refusal) })
			datagram(t, l.resource.Do, address)
		}
	}
	heard4 := counted(t, l.resource, "heard4", "ip saddr 10.50.0.1 tcp flags & rst == rst")
	heard6 := counted(t, l.resource, "heard6", "icmpv6 type destination-unreachable")
	until(t, "the gateway speaks", func() bool { speak(); return heard4() != nothing && heard6() != nothing })
	for _, prefix := range []string{"10.50.0.0/24", "fd50::/64"} {
		l.site.Run(t, "ip", "route", "del", prefix, "dev", "lan0")
	}
	speak()
	if four, six := l.clear4(), l.clear6(); four != nothing || six != nothing {
		t.Errorf("in clear by the default route: IPv4 %s, IPv6 %s", four, six)
	}
	for _, family := range []string{"-4", "-6"} {
		l.site.Run(t, "ip", family, "route", "flush", "table", "5351")
	}
	until(t, "control: without what is remembered both leave", func() bool {
		speak()
		return l.clear4() != nothing && l.clear6() != nothing
	})
}

// restarted has a new netd take over, which knows what its memory does.
func (l *insideLab) restarted(t *testing.T, memory ports.Memory) {
	t.Helper()
	l.site.Do(func() {
		next := successor(t, l.gateway)
		next.SetMemory(memory)
		configured(t, l.lab, l.gatewayConfig, next)
		if _, err := next.Commit(t.Context(), ports.Change{Replace: true,
			Upsert: upsert(l.grant("res_git"), lasting, lasting).Upsert}); err != nil {
			t.Fatal(err)
		}
		l.gateway = next
		l.gateway.KeepInside()
	})
	// A device that begins anew shakes hands at once.
	if err := l.device.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.connect(t)
}

func TestWhatHadARouteIsKnownAfterKillAndBoot(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	memory, err := store.Open(t.TempDir() + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	l.lanDown(t)
	l.nothingInClear(t, "nobody at work")
	l.restarted(t, memory)
	l.nothingInClear(t, "a new netd while the LAN is down")
	if kept, err := memory.Recall(); err != nil || fmt.Sprint(kept) != "[10.50.0.0/24 fd50::/64]" {
		t.Errorf("kept: %v, %v", kept, err)
	}
	// The kernel of a machine that boots knows nothing.
	boot := func() {
		for _, family := range []string{"-4", "-6"} {
			l.site.Run(t, "ip", family, "route", "flush", "table", "5351")
		}
	}
	boot()
	l.restarted(t, memory)
	l.nothingInClear(t, "after a boot")
	l.lanUp(t)
	mustReach(t, "back")
	l.restarted(t, memory)
	mustReach(t, "a new netd with the LAN")

	// An administrator names a LAN: what was known is forgotten.
	l.gatewayConfig.LAN = "lan0"
	l.restarted(t, memory)
	mustReach(t, "with a named LAN")
	if kept, err := memory.Recall(); err != nil || len(kept) != 0 {
		t.Errorf("kept beside a named LAN: %v, %v", kept, err)
	}
	l.gatewayConfig.LAN = "auto"
	l.lanDown(t)
	boot()
	l.restarted(t, memory)
	until(t, "control: nothing known, nothing remembered", func() bool {
		mustNotReach(t, "control")
		return l.clear4() != nothing && l.clear6() != nothing
	})
}

// A LAN that was never up since netd came, but has its address.
func TestANetworkOfAnInterfaceThatIsDownIsInside(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.defaultRoutes(t)
	l.site.Run(t, "sysctl", "-q", "net.ipv6.conf.lan0.keep_addr_on_down=1")
	l.site.Run(t, "ip", "link", "set", "lan0", "down")
	l.open(t)
	l.counting(t).nothingInClear(t, "down from the beginning")
}

// Here the gateway is the test's own namespace, and netd watches it.
func TestARouteThatComesLaterIsRemembered(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.gatewayConfig.Resources[0].Targets = []object.Target{
		{Prefix: netip.MustParsePrefix("10.70.0.0/16"), Proto: "any"},
		{Prefix: netip.MustParsePrefix("fd70::/48"), Proto: "any"}}
	memory, err := store.Open(t.TempDir() + "/state")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	gateway, events := watched(t, func(emit ports.Emit, log *slog.Logger) *filter.Gateway {
		return NewGateway(emit, log)
	})
	gateway.SetMemory(memory)
	configured(t, l, l.gatewayConfig, gateway)
	kept := func(want ...string) func() bool {
		return func() bool {
			held, err := memory.Recall()
			if err != nil {
				t.Fatal(err)
			}
			texts := []string{}
			for _, prefix := range held {
				texts = append(texts, prefix.String())
			}
			return slices.Equal(texts, want)
		}
	}
	nstest.Run(t, "ip", "route", "add", "10.70.3.0/24", "via", "192.0.2.2")
	nstest.Run(t, "ip", "route", "add", "10.71.3.0/24", "via", "192.0.2.2") // no target is there
	until(t, "a route of IPv4 is remembered", kept("10.70.3.0/24"))
	nstest.Run(t, "ip", "addr", "add", "fd70::1/64", "dev", "wan0", "nodad")
	until(t, "a network of IPv6 is remembered", kept("10.70.3.0/24", "fd70::/64"))
	nstest.Run(t, "ip", "link", "set", "wan0", "down")
	lost := func() string {
		observed, err := gateway.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, finding := range observed.Findings {
			if finding.Kind == ports.InsideLost {
				return finding.Detail
			}
		}
		return ""
	}
	until(t, "the loss is told", func() bool { return lost() == "10.70.3.0/24, fd70::/64" })
	// Whoever clears our table finds it filled again.
	nstest.Run(t, "ip", "route", "flush", "table", "5351")
	for told := false; !told; {
		told = tells(await(t, events, "tampered"), "inside")
	}
	until(t, "put back", func() bool { return lost() == "10.70.3.0/24, fd70::/64" })
}
