//go:build linux

package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wfp"
)

// windows is the device of a Windows that runs on a system made of fakes.
type windows struct {
	*Wintun
	t       *testing.T
	engine  *fakekernel.Engine
	adapter *fakekernel.Adapter
	network *fakeNetwork
	events  []ports.Event
}

type fakeNetwork struct {
	networks  []netip.Prefix
	resolvers []netip.Addr
}

func (f *fakeNetwork) Networks() ([]netip.Prefix, error) { return f.networks, nil }
func (f *fakeNetwork) Resolvers() ([]netip.Addr, error)  { return f.resolvers, nil }
func (f *fakeNetwork) InUse(map[netip.Addr]bool) (map[netip.Addr]bool, error) {
	return nil, errors.New("nobody knows")
}

func newWindows(t *testing.T) *windows {
	w := &windows{t: t, engine: fakekernel.NewEngine(), adapter: &fakekernel.Adapter{},
		network: &fakeNetwork{}}
	w.start()
	return w
}

// start is netd's, on what stands.
func (w *windows) start() {
	w.Wintun = NewWintun(WintunOptions{Engine: w.engine, Adapter: w.adapter, Network: w.network,
		Program: `\device\netd.exe`, Log: slog.New(slog.DiscardHandler),
		Emit: func(event ports.Event) { w.events = append(w.events, event) }})
	w.t.Cleanup(func() {
		if err := w.closeTunnel(); err != nil {
			w.t.Error(err)
		}
	})
}

// desire is the example, with nobody to send to: WireGuard is a real one.
func desire(change func(*ports.DeviceDesired)) ports.DeviceDesired {
	desired := example()
	desired.Tunnel.KeepaliveSeconds = 0
	if change != nil {
		change(&desired)
	}
	return desired
}

func (w *windows) apply(desired ports.DeviceDesired) (failed string) {
	for _, step := range w.Apply(context.Background(), desired) {
		if step.Result == ports.StepFailed {
			return step.Name
		}
	}
	return ""
}

// reaches tells whether a program gets out to this address, by the tunnel or past it.
func (w *windows) reaches(to string, byTunnel bool) bool {
	packet := fakekernel.Packet{Layer: wfp.Connect, Local: netip.MustParseAddr("192.168.1.5"),
		Remote: netip.MustParseAddr(to), RemotePort: 443, Protocol: 6, Interface: 1000}
	if byTunnel {
		packet.Interface = w.adapter.Number()
	}
	return w.engine.Passes(packet)
}

func TestWindowsOpensWhatIsGrantedInTheTunnelAlone(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	if !w.reaches("10.50.0.10", true) || w.reaches("10.50.0.10", false) ||
		w.reaches("10.50.0.11", true) || w.reaches("10.50.0.11", false) || !w.reaches("203.0.113.9", false) {
		t.Error("the guard does not do what it shall")
	}
	observed, err := w.Observe(context.Background())
	if err != nil || !observed.Guard.Table || len(observed.Peers) != 2 || observed.Link.MTU != 1420 ||
		!slices.Contains(observed.Routes, netip.MustParsePrefix("10.50.0.10/32")) {
		t.Errorf("%+v %v", observed, err)
	}
}

func TestAttackNoTunnelStandsWithoutItsGuard(t *testing.T) {
	for name, refuses := range map[string]func(wfp.Filter) bool{
		"nothing can be added": func(wfp.Filter) bool { return true },
		"one prefix is open":   func(f wfp.Filter) bool { return f.Name == "protected" },
		"the adapter is open":  func(f wfp.Filter) bool { return f.Name == "tunnel" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindows(t)
			w.engine.Refuses = refuses
			if failed := w.apply(desire(nil)); failed == "" {
				t.Fatal("a tunnel without its guard is taken for one that stands")
			}
			if w.adapter.Number() != 0 || len(w.adapter.Routes) != 0 {
				t.Error("there is an adapter")
			}
		})
	}
}

func TestTheGuardStandsBeforeAnyRoute(t *testing.T) {
	w := newWindows(t)
	routed := 0
	w.adapter.Routed = func() {
		routed++
		if w.reaches("10.50.0.11", false) || w.reaches("10.50.0.11", true) {
			t.Error("a route comes before the guard")
		}
	}
	if failed := w.apply(desire(nil)); failed != "" || routed == 0 {
		t.Fatal(failed, routed)
	}
}

func TestAGuardThatBreaksTakesTheTunnelWithIt(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	number := w.adapter.Number()
	w.engine.Refuses = func(wfp.Filter) bool { return true }
	wider := desire(func(d *ports.DeviceDesired) {
		d.Tunnel.ProtectedPrefixes = append(d.Tunnel.ProtectedPrefixes, prefixList("198.51.100.0/24")...)
	})
	if failed := w.apply(wider); failed != "guard" || w.adapter.Number() != 0 {
		t.Fatal(failed, w.adapter.Number())
	}
	if w.reaches("10.50.0.10", false) {
		t.Error("the former guard is gone")
	}
	// The system may give the number of the adapter to another one.
	if w.engine.Passes(through(number)) {
		t.Error("what the guard opened outlives the adapter")
	}
}

// through is a packet to a granted target by the adapter of this number.
func through(number uint64) fakekernel.Packet {
	return fakekernel.Packet{Layer: wfp.Connect, Interface: number, RemotePort: 443, Protocol: 6,
		Local: netip.MustParseAddr("100.96.1.2"), Remote: netip.MustParseAddr("10.50.0.10")}
}

func TestOnlyNetdReachesAGatewayInsideAProtectedPrefix(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	datagram := fakekernel.Packet{Layer: wfp.Connect, Local: netip.MustParseAddr("192.168.1.5"),
		Remote: netip.MustParseAddr("10.52.0.2"), RemotePort: 51820, Protocol: 17, Interface: 1000}
	for program, passes := range map[string]bool{`\device\netd.exe`: true, `\device\browser.exe`: false} {
		datagram.Program = program
		if w.engine.Passes(datagram) != passes {
			t.Errorf("%s passes: %v", program, !passes)
		}
	}
}

func TestNarrowAndAKilledProcessCloseOnWindows(t *testing.T) {
	for name, end := range map[string]func(*windows) error{
		"narrow": func(w *windows) error { return w.Narrow(context.Background()) },
		"kill": func(w *windows) error {
			return errors.Join(w.link.Close(), w.engine.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindows(t)
			if failed := w.apply(desire(nil)); failed != "" {
				t.Fatal(failed)
			}
			number := w.adapter.Number()
			if err := end(w); err != nil {
				t.Fatal(err)
			}
			if w.reaches("10.50.0.10", false) || w.engine.Passes(through(number)) || len(w.adapter.Routes) != 0 {
				t.Error("something is open")
			}
		})
	}
}

func TestTheGuardOfAFormerRunIsTakenUpAtTheStart(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	if err := errors.Join(w.link.Close(), w.engine.Close()); err != nil {
		t.Fatal(err)
	}
	w.link = nil
	w.start()
	blocked := desire(func(d *ports.DeviceDesired) { d.Blocked = true })
	if err := w.EnsureGuard(context.Background(), blocked); err != nil {
		t.Fatal(err)
	}
	if w.adapter.Number() != 0 || w.reaches("10.50.0.10", false) {
		t.Error("the start opens something")
	}
	if failed := w.apply(desire(nil)); failed != "" || !w.reaches("10.50.0.10", true) {
		t.Fatal(failed)
	}
}

func TestWindowsPutsBackWhatOthersDamage(t *testing.T) {
	for what, damage := range map[string]func(*windows){
		"filters": func(w *windows) {
			keys, _ := w.engine.Keys()
			for key := range keys {
				if key.Closes() {
					_ = w.engine.Delete(key)
				}
			}
		},
		"routes":    func(w *windows) { w.adapter.Routes = nil },
		"addresses": func(w *windows) { w.adapter.Addresses = nil },
		"link":      func(w *windows) { w.adapter.Lose() },
	} {
		t.Run(what, func(t *testing.T) {
			w := newWindows(t)
			if failed := w.apply(desire(nil)); failed != "" {
				t.Fatal(failed)
			}
			w.Repair(context.Background())
			if len(w.events) != 0 {
				t.Fatal("a guard that stands is told as damaged", w.events)
			}
			damage(w)
			w.Repair(context.Background())
			if len(w.events) != 1 || w.events[0].Name != "tampered" || w.events[0].Fields["what"] != what {
				t.Fatal(w.events)
			}
			if w.reaches("10.50.0.11", false) || !w.reaches("10.50.0.10", true) ||
				len(w.adapter.Routes) == 0 || len(w.adapter.Addresses) == 0 {
				t.Error("not put back")
			}
		})
	}
}

func TestALostAdapterIsMadeAnewWhenThatWorksAgain(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	w.adapter.Lose()
	w.adapter.Broken = true
	w.Repair(context.Background())
	w.adapter.Broken = false
	if w.Repair(context.Background()); !w.reaches("10.50.0.10", true) || len(w.adapter.Routes) == 0 {
		t.Fatal("it stays away")
	}
	told := len(w.events)
	if w.Repair(context.Background()); len(w.events) != told {
		t.Error("told as damaged after it was mended", w.events)
	}
}

func TestAWindowsWithoutIPv6IsNotTakenForDamaged(t *testing.T) {
	w := newWindows(t)
	w.adapter.IPv4Only = true
	if failed := w.apply(desire(nil)); failed != "" || len(w.adapter.Routes) == 0 {
		t.Fatal(failed)
	}
	if len(w.adapter.Routes) == len(w.plan.leading()) {
		t.Fatal("control: the plan has no route of IPv6")
	}
	if w.Repair(context.Background()); len(w.events) != 0 {
		t.Fatal(w.events)
	}
}

func TestLeaveRemovesEverythingOfOursOnWindows(t *testing.T) {
	w := newWindows(t)
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	if err := w.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	if keys, _ := w.engine.Keys(); len(keys) != 0 || w.engine.Standing || w.adapter.Number() != 0 {
		t.Error("something is left", len(keys))
	}
	if w.Repair(context.Background()); len(w.events) != 0 {
		t.Error("it comes back")
	}
}

func TestAnAdapterThatCannotBeMadeLeavesTheGuard(t *testing.T) {
	w := newWindows(t)
	w.adapter.Broken = true
	if failed := w.apply(desire(nil)); failed != "link" || w.reaches("10.50.0.10", false) {
		t.Fatal(failed)
	}
}

func TestACaptivePortalOfWindowsOpensAloneAndEnds(t *testing.T) {
	w := newWindows(t)
	w.network.networks = prefixList("10.51.0.0/24")
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	page := netip.MustParseAddrPort("10.51.0.1:443")
	if opened, err := w.OpenPortal(context.Background(), page); err != nil || opened != portalFor {
		t.Fatal(opened, err)
	}
	if !w.reaches("10.51.0.1", false) || w.reaches("10.51.0.2", false) {
		t.Error("not the page alone")
	}
	if err := w.ClosePortal(context.Background(), "test"); err != nil || w.reaches("10.51.0.1", false) {
		t.Fatal("the page stays open", err)
	}
}

func TestTheLinksResolverIsAskedPastTheTunnelOfWindows(t *testing.T) {
	w := newWindows(t)
	w.network.networks = prefixList("10.51.0.0/24")
	w.network.resolvers = []netip.Addr{netip.MustParseAddr("10.51.0.1")}
	if failed := w.apply(desire(nil)); failed != "" {
		t.Fatal(failed)
	}
	question := fakekernel.Packet{Layer: wfp.Connect, Local: netip.MustParseAddr("10.51.0.7"),
		Remote: netip.MustParseAddr("10.51.0.1"), RemotePort: 53, Protocol: 17, Interface: 1000}
	if !w.engine.Passes(question) || w.reaches("10.51.0.1", false) {
		t.Error("not its names alone")
	}
}

func TestRoutesLeaveOutWhatIsReachedPastTheTunnel(t *testing.T) {
	p := plan{granted: prefixList("10.50.0.0/16", "10.50.0.0/24", "fd50::/64"),
		endpoints: []netip.AddrPort{netip.MustParseAddrPort("10.50.3.7:51820"),
			netip.MustParseAddrPort("[fd50::5]:51820")}}
	routes := p.leading()
	for text, leads := range map[string]bool{"10.50.3.7": false, "10.50.3.6": true, "10.50.255.255": true,
		"10.50.0.0": true, "10.51.0.1": false, "fd50::5": false, "fd50::4": true, "fd50::ffff": true} {
		count := 0
		for _, route := range routes {
			if route.Contains(netip.MustParseAddr(text)) {
				count++
			}
		}
		if (count > 0) != leads || count > 1 {
			t.Errorf("%s: %d routes", text, count)
		}
	}
	if len(routes) != 16+64 {
		t.Errorf("%d routes", len(routes))
	}
}
