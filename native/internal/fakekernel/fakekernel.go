// Package fakekernel keeps in memory what the kernel would hold. It is for tests only.
package fakekernel

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// Device remembers what it was told; set Failing to make every write fail.
type Device struct {
	mutex   sync.Mutex
	Applied []ports.DeviceDesired
	Guards  []ports.DeviceDesired
	Calls   []string
	Failing bool
}

var errKernel = errors.New("kernel says no")

// note writes a call down; the caller holds no lock.
func (d *Device) note(call string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.Calls = append(d.Calls, call)
	if d.Failing {
		return errKernel
	}
	return nil
}

// SetFailing makes every call from now on fail, or none.
func (d *Device) SetFailing(failing bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.Failing = failing
}

// Last is the newest desired state that was applied.
func (d *Device) Last() ports.DeviceDesired {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.Applied[len(d.Applied)-1]
}

// Made lists the calls.
func (d *Device) Made() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return slices.Clone(d.Calls)
}

// Apply implements ports.Device.
func (d *Device) Apply(_ context.Context, desired ports.DeviceDesired) []ports.Step {
	if d.note("apply") != nil {
		return []ports.Step{{Name: "wireguard", Result: ports.StepFailed, Detail: errKernel.Error()}}
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.Applied = append(d.Applied, desired)
	return []ports.Step{{Name: "guard", Result: ports.StepOK}, {Name: "routes", Result: ports.StepOK}}
}

// Narrow implements ports.Device.
func (d *Device) Narrow(context.Context) error { return d.note("narrow") }

// OpenPortal implements ports.Portals.
func (d *Device) OpenPortal(context.Context, netip.AddrPort) (time.Duration, error) {
	return time.Minute, d.note("portal")
}

// ClosePortal implements ports.Portals.
func (d *Device) ClosePortal(context.Context, string) error {
	if !slices.Contains(d.Made(), "portal") {
		return nil
	}
	return d.note("closePortal")
}

// EnsureGuard implements ports.Device.
func (d *Device) EnsureGuard(_ context.Context, desired ports.DeviceDesired) error {
	d.mutex.Lock()
	d.Guards = append(d.Guards, desired)
	d.mutex.Unlock()
	return d.note("guard")
}

// Observe implements ports.Device.
func (d *Device) Observe(context.Context) (ports.DeviceObserved, error) {
	return ports.DeviceObserved{Guard: ports.GuardObserved{Table: true, Rules: true}}, nil
}

// Bump implements ports.Device.
func (d *Device) Bump(context.Context) error { return d.note("bump") }

// Leave implements ports.Device.
func (d *Device) Leave(context.Context) error { return d.note("leave") }

// Gateway holds grants and live addresses as the kernel would, without letting time pass.
type Gateway struct {
	mutex   sync.Mutex
	Live    map[netip.Addr]time.Duration
	Grants  map[string]map[string]time.Duration // jti -> resource -> end
	Calls   []string
	Failing int // that many writes fail
	// Expected are the keys of peers that shall be made ahead of their grants.
	Expected []object.Key
	// Settling is called with the addresses that are about to be given away, where it is set.
	Settling func([]netip.Prefix)
}

// Settle implements ports.Settler.
func (g *Gateway) Settle(addresses []netip.Prefix) {
	if g.Settling != nil {
		g.Settling(addresses)
	}
}

// Expect implements ports.Expecter.
func (g *Gateway) Expect(keys []object.Key) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.Expected = append(g.Expected, keys...)
}

// NewGateway makes an empty one.
func NewGateway() *Gateway {
	return &Gateway{Live: map[netip.Addr]time.Duration{},
		Grants: map[string]map[string]time.Duration{}}
}

func (g *Gateway) note(call string) error {
	g.Calls = append(g.Calls, call)
	if g.Failing > 0 {
		g.Failing--
		return errKernel
	}
	return nil
}

// LiveNow is the set of live addresses in order.
func (g *Gateway) LiveNow() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	live := []string{}
	for address := range g.Live {
		live = append(live, address.String())
	}
	slices.Sort(live)
	return live
}

// Held lists the grants by jti.
func (g *Gateway) Held() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	held := []string{}
	for jti := range g.Grants {
		held = append(held, jti)
	}
	slices.Sort(held)
	return held
}

// Made lists the calls.
func (g *Gateway) Made() []string {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return slices.Clone(g.Calls)
}

// Configure implements ports.Gateway.
func (g *Gateway) Configure(context.Context, ports.GatewayDesired) []ports.Step {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.note("configure") != nil {
		return []ports.Step{{Name: "nft", Result: ports.StepFailed, Detail: errKernel.Error()}}
	}
	return []ports.Step{{Name: "nft", Result: ports.StepOK}}
}

// Commit implements ports.Gateway.
func (g *Gateway) Commit(_ context.Context, change ports.Change) (ports.CommitResult, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err := g.note("commit"); err != nil {
		return ports.CommitResult{}, err
	}
	for _, removed := range change.Remove {
		g.remove(removed)
	}
	if change.Replace {
		g.keepOnly(change.Upsert)
	}
	for _, upsert := range change.Upsert {
		g.upsert(upsert)
	}
	for _, renewal := range change.Renew {
		for _, address := range renewal.Grant.Addresses {
			g.Live[address.Addr()] = renewal.Live
		}
	}
	return ports.CommitResult{KernelAtMs: float64(len(g.Calls))}, nil
}

func (g *Gateway) remove(removed ports.GrantState) {
	delete(g.Grants, removed.Grant.JTI)
	for _, address := range removed.Grant.Addresses {
		delete(g.Live, address.Addr())
	}
}

func (g *Gateway) keepOnly(upserts []ports.GrantUpsert) {
	g.Grants = map[string]map[string]time.Duration{}
	kept := map[netip.Addr]time.Duration{}
	for _, upsert := range upserts {
		for _, address := range upsert.Grant.Addresses {
			if live, ok := g.Live[address.Addr()]; ok {
				kept[address.Addr()] = live
			}
		}
	}
	g.Live = kept
}

func (g *Gateway) upsert(upsert ports.GrantUpsert) {
	if upsert.Former != nil {
		delete(g.Grants, upsert.Former.JTI)
	}
	g.Grants[upsert.Grant.JTI] = upsert.Ends
	for _, address := range upsert.Grant.Addresses {
		switch {
		case upsert.KeepLive:
		case upsert.Live > 0:
			g.Live[address.Addr()] = upsert.Live
		default:
			delete(g.Live, address.Addr())
		}
	}
}

// EmptyLive implements ports.Gateway.
func (g *Gateway) EmptyLive(context.Context) (ports.CommitResult, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err := g.note("emptyLive"); err != nil {
		return ports.CommitResult{}, err
	}
	g.Live = map[netip.Addr]time.Duration{}
	return ports.CommitResult{KernelAtMs: float64(len(g.Calls))}, nil
}

// Observe implements ports.Gateway.
func (g *Gateway) Observe(context.Context) (ports.GatewayObserved, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	live := map[netip.Addr]time.Duration{}
	for address, left := range g.Live {
		live[address] = left
	}
	return ports.GatewayObserved{Live: live, Grants: len(g.Grants)}, nil
}

// Bump implements ports.Gateway.
func (g *Gateway) Bump(context.Context) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.note("bump")
}

// Leave implements ports.Gateway.
func (g *Gateway) Leave(context.Context) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if err := g.note("leave"); err != nil {
		return err
	}
	g.Live, g.Grants = map[netip.Addr]time.Duration{}, map[string]map[string]time.Duration{}
	return nil
}

// Names remembers what it was told to serve.
type Names struct {
	mutex    sync.Mutex
	Devices  []object.Tunnel
	Gateways []object.Gateway
	Left     int
	// Failing is how many of the next calls of ServeDevice fail.
	Failing int
}

// ServeDevice implements ports.Names.
func (n *Names) ServeDevice(_ context.Context, tunnel object.Tunnel, _ []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.Devices = append(n.Devices, tunnel)
	if n.Failing > 0 {
		n.Failing--
		return errKernel
	}
	return nil
}

// ServeGateway implements ports.Names.
func (n *Names) ServeGateway(_ context.Context, gateway object.Gateway, _ []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.Gateways = append(n.Gateways, gateway)
	return nil
}

// Moved implements ports.Names.
func (n *Names) Moved() {}

// Findings implements ports.Names.
func (n *Names) Findings() []ports.Finding { return nil }

// Leave implements ports.Names.
func (n *Names) Leave(context.Context) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.Left++
	return nil
}
