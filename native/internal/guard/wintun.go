package guard

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/kernel/steps"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wfp"
	"sallyport.dev/netd/internal/wg"
)

// repairEvery is how often the guard of a Windows is looked at; nobody tells us of a change.
const repairEvery = 2 * time.Second

// Adapter is the tunnel interface of a Windows. It is gone when its device is closed, and with this
// process.
type Adapter interface {
	// Make creates it, without address and route.
	Make(mtu int) (tun.Device, error)
	// Number is its own while it is there, else 0.
	Number() uint64
	// Configure gives it exactly these addresses, and this MTU.
	Configure(addresses []netip.Prefix, mtu int) error
	// Route leads exactly these prefixes into it, as far as they are possible.
	Route(prefixes []netip.Prefix) error
	// Possible are those of the families that it has.
	Possible(prefixes []netip.Prefix) []netip.Prefix
	// Observe reads it anew, with its routes; nil where it is gone.
	Observe() (*ports.LinkObserved, []netip.Prefix, error)
}

// Network is what a Windows tells of its other interfaces and of its flows.
type Network interface {
	Networks() ([]netip.Prefix, error)
	Resolvers() ([]netip.Addr, error)
	InUse(ending map[netip.Addr]bool) (map[netip.Addr]bool, error)
}

// WintunOptions are what a Wintun needs; every one is required.
type WintunOptions struct {
	Engine  wfp.Engine
	Adapter Adapter
	Network Network
	// Program is this one as the engine knows it: its datagrams reach gateways.
	Program string
	Emit    ports.Emit
	Log     *slog.Logger
}

// Wintun is the device of a Windows: a userspace WireGuard on an adapter of wintun, behind a guard in
// the system's filter. Without that guard there is no adapter. It was never run on a real Windows.
type Wintun struct {
	device
	options WintunOptions
	tunnel  uint64           // the adapter that the guard knows; 0: none
	put     map[wfp.Key]bool // what the guard consists of; nil: nothing was put yet
}

// NewWintun changes nothing; what closed under a former process stays closed.
func NewWintun(options WintunOptions) *Wintun {
	w := &Wintun{device: newDevice(options.Emit, options.Log), options: options}
	w.system = w
	return w
}

func (w *Wintun) apply(ctx context.Context, p plan) []ports.Step {
	run := steps.New(w.log)
	run.Closing("narrow", func() error { return w.closeRoutes(p) })
	run.Closing("guard", func() error { return w.ensureGuard(ctx, p) })
	if run.Failed() {
		run.Closing("down", w.closeTunnel)
	}
	run.Opening("link", func() error { return w.ensureLink(ctx, p) })
	run.Opening("wireguard", func() error { return w.configure(p, 0) })
	run.Opening("addresses", func() error { return w.options.Adapter.Configure(p.addresses, p.mtu) })
	run.Opening("routes", func() error { return w.options.Adapter.Route(p.leading()) })
	return run.Steps()
}

// closeRoutes takes away the routes into the tunnel that the plan does not name.
func (w *Wintun) closeRoutes(p plan) error {
	if w.link == nil {
		return nil
	}
	_, routes, err := w.options.Adapter.Observe()
	if err != nil {
		return err
	}
	wanted := p.leading()
	kept := slices.DeleteFunc(slices.Clone(routes), func(route netip.Prefix) bool {
		return !slices.Contains(wanted, route)
	})
	if len(kept) == len(routes) {
		return nil
	}
	return w.options.Adapter.Route(kept)
}

// ensureGuard puts the filters of a plan and reads them back.
func (w *Wintun) ensureGuard(_ context.Context, p plan) error {
	exempt := []wfp.Exempt{}
	for _, item := range p.bypass {
		exempt = append(exempt, wfp.Exempt{Address: item.Address, TCP: item.Proto == "tcp", Port: item.Port})
	}
	for _, page := range p.portal {
		exempt = append(exempt, wfp.Exempt{Address: page.Addr(), TCP: true, Port: page.Port()})
	}
	filters := wfp.Filters(wfp.Wanted{
		Protected: p.protected, Self: p.addresses, Tunnel: w.tunnel, Granted: p.granted,
		Endpoints: p.endpoints, Program: w.options.Program, Exempt: exempt,
	})
	w.put = map[wfp.Key]bool{}
	for _, filter := range filters {
		w.put[filter.Key()] = true
	}
	return wfp.Reconcile(w.options.Engine, filters)
}

// ensureLink makes the adapter where there is none, and the guard anew that names it, before anything
// has a way into it.
func (w *Wintun) ensureLink(ctx context.Context, p plan) error {
	if w.link != nil && w.options.Adapter.Number() == w.tunnel {
		return nil
	}
	if err := w.closeTunnel(); err != nil {
		return err
	}
	made, err := w.options.Adapter.Make(p.mtu)
	if err != nil {
		return err
	}
	w.link, w.tunnel = wg.Over(made, LinkName, w.log), w.options.Adapter.Number()
	if w.tunnel == 0 {
		return errors.Join(errors.New("the adapter has no number"), w.closeTunnel())
	}
	if err := w.ensureGuard(ctx, p); err != nil {
		return errors.Join(err, w.closeTunnel())
	}
	return nil
}

// closeTunnel ends the adapter, with its addresses and routes, and all that the guard opens: the
// number of the adapter may be another one's next.
func (w *Wintun) closeTunnel() error {
	if w.link == nil {
		return nil
	}
	err := errors.Join(w.link.Close(), w.options.Engine.Close())
	w.link, w.tunnel = nil, 0
	return err
}

// Narrow takes away every granted route and what the peers may send to us, and keeps the guard.
func (w *Wintun) Narrow(ctx context.Context) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	err := errors.Join(w.closeRoutes(plan{}), w.block())
	if w.plan == nil {
		return err
	}
	return errors.Join(err, w.ensureGuard(ctx, *w.plan))
}

// EnsureGuard puts the guard where it is missing. The adapter comes with the first config.
func (w *Wintun) EnsureGuard(ctx context.Context, desired ports.DeviceDesired) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.ensureGuard(ctx, w.restore(desired))
}

// Leave removes everything that is ours, the guard last.
func (w *Wintun) Leave(context.Context) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	err := w.closeTunnel()
	w.forget()
	w.put = nil
	return errors.Join(err, wfp.Remove(w.options.Engine))
}

// FollowGuard looks at filters, adapter, routes and addresses until the context ends, puts back what is missing
// and then reports it. It opens nothing that was not open.
func (w *Wintun) FollowGuard(ctx context.Context) {
	every(ctx, repairEvery, func(time.Time) { w.Repair(ctx) })
}

// Repair is one look.
func (w *Wintun) Repair(ctx context.Context) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	p := w.held()
	if p == nil {
		return
	}
	if damaged := w.damaged(*p); damaged != "" {
		w.putBack(ctx, *p, damaged)
	}
}

func (w *Wintun) damaged(p plan) string {
	if held, err := wfp.Hold(w.options.Engine, w.put); err != nil || !held {
		return "filters"
	}
	if w.link == nil {
		return ""
	}
	if w.options.Adapter.Number() != w.tunnel {
		return "link"
	}
	link, routes, err := w.options.Adapter.Observe()
	if err != nil || !same(routes, w.options.Adapter.Possible(p.leading())) {
		return "routes"
	}
	if link == nil || !same(link.Addresses, w.options.Adapter.Possible(p.addresses)) {
		return "addresses"
	}
	return ""
}

func same(left, right []netip.Prefix) bool {
	sorted := func(list []netip.Prefix) []netip.Prefix {
		return slices.SortedFunc(slices.Values(list), netip.Prefix.Compare)
	}
	return slices.Equal(sorted(left), sorted(right))
}

// Observe reads the system anew; what does not exist is absent, not an error.
func (w *Wintun) Observe(context.Context) (ports.DeviceObserved, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	observed := ports.DeviceObserved{}
	standing, err := w.options.Engine.Keys()
	failures := []error{err}
	held := err == nil && len(standing) > 0
	if held && w.put != nil {
		held, err = wfp.Hold(w.options.Engine, w.put)
		failures = append(failures, err)
	}
	observed.Guard = ports.GuardObserved{Table: held, Rules: held}
	if w.link == nil {
		return observed, errors.Join(failures...)
	}
	observed.Link, observed.Routes, err = w.options.Adapter.Observe()
	failures = append(failures, err)
	state, err := w.link.Read()
	observed.Peers = state.Observed()
	return observed, errors.Join(append(failures, err)...)
}

// emptyPortal has nothing to do: the next guard has no pages.
func (w *Wintun) emptyPortal() error { return nil }

func (w *Wintun) networks() ([]netip.Prefix, error) { return w.options.Network.Networks() }

func (w *Wintun) linkResolvers() ([]netip.Addr, error) { return w.options.Network.Resolvers() }

// inUse knows connections of TCP alone. Where nobody can say, learned addresses end in time.
func (w *Wintun) inUse(ending map[netip.Addr]bool) map[netip.Addr]bool {
	used, err := w.options.Network.InUse(ending)
	if err != nil {
		w.log.Warn("flows cannot be listed, learned addresses end in time", "why", err.Error())
	}
	return used
}
