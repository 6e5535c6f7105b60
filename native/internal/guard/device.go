//go:build linux

// Package guard is the kernel side of a device: the guard that keeps protected prefixes out of the
// clear, and the tunnel that opens some of them. The guard stands before the tunnel and is removed
// only on leaving. It verifies nothing: what comes in was verified before.
package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/steps"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

// Device owns the tunnel interface and what this process knows of the guard. It implements
// ports.Device; all methods may be called from any goroutine.
type Device struct {
	emit  ports.Emit
	log   *slog.Logger
	table *nft.Table
	// silence keeps neighbours from asking for our address in the tunnel.
	silence *nft.Table

	socket  *nfnl.Socket
	mutex   sync.Mutex
	link    *wg.Link
	plan    *plan // nil until a desired state came
	closed  *plan // until then: the guard to keep up, without a tunnel
	desired ports.DeviceDesired
	// standing is what plan or closed was made of.
	standing ports.DeviceDesired
	use      paths
	// What others' rules divert now, and why resolvers cannot be read, as they were told last.
	diversion, unread string
	names             *nameBook
}

// New changes nothing; whatever a former process left stays as it is.
func New(emit ports.Emit, log *slog.Logger) *Device {
	socket := &nfnl.Socket{}
	return &Device{
		emit: emit, log: log, socket: socket,
		table:   nft.NewTable(nft.Inet, TableName, staticSets, socket),
		silence: nft.NewTable(nft.ARP, TableName, nil, socket),
		use:     paths{active: map[string]int{}, dialled: map[object.Key]int{}},
		names:   newNameBook(),
	}
}

// Apply makes the whole state so: what narrows happens first, what opens last and only when
// everything before it stands.
func (d *Device) Apply(ctx context.Context, desired ports.DeviceDesired) []ports.Step {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.names.reindex(desired.Tunnel)
	d.learnResolvers(newPlan(desired, d.use, d.names))
	next := newPlan(desired, d.use, d.names)
	d.plan, d.desired, d.standing = &next, desired, desired
	return d.apply(ctx, next)
}

func (d *Device) apply(ctx context.Context, p plan) []ports.Step {
	run := steps.New(d.log)
	run.Closing("narrow", func() error { return closeRoutes(p) })
	run.Closing("guard", func() error { return d.ensureTable(ctx, p) })
	run.Closing("rules", func() error { return lock(p) })
	if wg.Probe() == wg.None {
		run.Opening("link", func() error { return errors.New("this machine has no WireGuard") })
		return run.Steps()
	}
	run.Opening("link", func() error { return d.ensureLink(p) })
	run.Opening("wireguard", func() error { return d.configure(p) })
	run.Opening("addresses", func() error { return route.ReconcileLink(LinkName, p.addresses, p.mtu) })
	run.Opening("routes", func() error {
		return route.ReconcileRoutes(append(p.unreachable(), p.openRoutes()...))
	})
	return run.Steps()
}

// lock puts the unreachable routes before the rules that lead to them, and ends with exactly the
// wanted rules; surplus routes wait for the last step.
func lock(p plan) error {
	return errors.Join(route.AddRoutes(p.unreachable()), route.ReconcileRules(p.rules()))
}

// closeRoutes removes the routes into the tunnel that the plan does not name.
func closeRoutes(p plan) error {
	observed, err := route.Routes()
	if err != nil {
		return err
	}
	wanted := map[route.Route]bool{}
	for _, item := range p.openRoutes() {
		wanted[item] = true
	}
	kept := []route.Route{}
	for _, item := range observed {
		if item.Link == "" || wanted[item] {
			kept = append(kept, item)
		}
	}
	if len(kept) == len(observed) {
		return nil
	}
	return route.ReconcileRoutes(kept)
}

func (d *Device) ensureLink(p plan) error {
	link, err := wg.Reopen(d.link, LinkName, p.mtu, d.log)
	d.link = link
	if err != nil {
		return err
	}
	// Without these a dead userspace WireGuard swallows packets and programs wait for their
	// time-outs; with them they hear "no route" at once. Closed either way.
	for _, family := range []string{"ipv4", "ipv6"} {
		if family == "ipv6" && !route.HasIPv6() {
			continue
		}
		parameter := fmt.Sprintf("%s/conf/%s/ignore_routes_with_linkdown", family, LinkName)
		if err := sysctl.Ensure(parameter, "1"); err != nil {
			d.log.Warn("sysctl refused", "detail", err.Error())
		}
	}
	if err := link.FitStreams(p.mtu); err != nil {
		d.log.Warn("streams leave in longer pieces", "detail", err.Error())
	}
	return nil
}

func (d *Device) configure(p plan) error {
	settings := wg.Settings{PrivateKey: d.desired.PrivateKey, Mark: route.Mark}
	if err := d.link.Configure(settings); err != nil {
		return err
	}
	if err := d.link.Reconcile(p.peers); err != nil {
		return err
	}
	if len(p.unnamed) > 0 {
		d.log.Info("gateways without an address yet", "names", p.unnamed)
	}
	return nil
}

// Narrow takes away every granted route and what the peers may send to us, and keeps the guard. It
// works from what the kernel holds, so it needs no desired state.
func (d *Device) Narrow(context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	err := closeRoutes(plan{})
	if d.plan == nil {
		return err
	}
	d.desired.Blocked, d.standing.Blocked = true, true
	next := newPlan(d.desired, d.use, d.names)
	d.plan = &next
	if d.link != nil {
		err = errors.Join(err, d.link.Reconcile(next.peers))
	}
	return err
}

// EnsureGuard puts guard, rules, unreachable routes and our own address back where they are missing,
// no more: an intact guard is not written, routes into the tunnel are neither made nor removed.
func (d *Device) EnsureGuard(ctx context.Context, desired ports.DeviceDesired) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.learnResolvers(newPlan(desired, d.use, d.names))
	p := newPlan(desired, d.use, d.names)
	if d.plan == nil {
		d.closed, d.standing = &p, desired
	}
	return errors.Join(d.ensureGuard(ctx, p), d.ensureAddress(p))
}

// ensureAddress makes the interface where there is none, so that what is asked on our own address
// stays on this machine also before the first config. It has no peer and no route.
func (d *Device) ensureAddress(p plan) error {
	present, err := route.ObserveLink(LinkName)
	if err != nil || present != nil || wg.Probe() == wg.None {
		return err
	}
	if err := d.ensureLink(p); err != nil {
		return err
	}
	return route.ReconcileLink(LinkName, p.addresses, p.mtu)
}

func (d *Device) ensureGuard(ctx context.Context, p plan) error {
	return errors.Join(d.ensureTable(ctx, p), lock(p))
}

func (d *Device) ensureTable(ctx context.Context, p plan) error {
	if err := d.table.Ensure(ctx, ruleset(p)); err != nil {
		return err
	}
	d.keepSilent(ctx, p)
	return d.putPortal(p)
}

// Bump re-binds the WireGuard socket; without a tunnel there is nothing to do.
func (d *Device) Bump(context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.link == nil {
		return nil
	}
	return d.link.Bump(0)
}

// Leave removes everything that is ours, the guard last.
func (d *Device) Leave(ctx context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	failures := []error{closeRoutes(plan{})}
	if d.link != nil {
		failures = append(failures, d.link.Close())
		d.link = nil
	}
	d.plan, d.closed, d.names, d.use.portal = nil, nil, newNameBook(), portal{}
	failures = append(failures,
		route.RemoveLink(LinkName),
		route.ReconcileRules(nil),
		route.ReconcileRoutes(nil),
		d.silence.Remove(ctx),
		d.table.Remove(ctx),
	)
	return errors.Join(failures...)
}
