package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/steps"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/learned"
	"sallyport.dev/netd/internal/observation"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/systemdns"
	"sallyport.dev/netd/internal/wg"
)

// Device owns the tunnel interface of a Linux and what this process knows of its guard. It implements
// ports.Device; all methods may be called from any goroutine.
type Device struct {
	device
	table *nft.Table
	// silence keeps neighbours from asking for our address in the tunnel.
	silence *nft.Table
	socket  *nfnl.Socket

	diversion observation.Diversion
}

// New changes nothing; whatever a former process left stays as it is.
func New(emit ports.Emit, log *slog.Logger) *Device {
	socket := &nfnl.Socket{}
	d := &Device{
		device: newDevice(emit, log), socket: socket,
		table:   nft.NewTable(nft.Inet, TableName, staticSets, socket),
		silence: nft.NewTable(nft.ARP, TableName, nil, socket),
	}
	d.system = d
	return d
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
	run.Opening("wireguard", func() error { return d.configure(p, route.Mark) })
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
			d.log.Warn("sysctl refused", "why", err.Error())
		}
	}
	if err := link.FitStreams(p.mtu); err != nil {
		d.log.Warn("streams leave in longer pieces", "why", err.Error())
	}
	return nil
}

// Narrow takes away every granted route and what the peers may send to us, and keeps the guard. It
// works from what the kernel holds, so it needs no desired state.
func (d *Device) Narrow(context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return errors.Join(closeRoutes(plan{}), d.block())
}

// EnsureGuard puts guard, rules, unreachable routes and our own address back where they are missing,
// no more: an intact guard is not written, routes into the tunnel are neither made nor removed.
func (d *Device) EnsureGuard(ctx context.Context, desired ports.DeviceDesired) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.restore(desired)
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

// Leave removes everything that is ours, the guard last.
func (d *Device) Leave(ctx context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	failures := []error{closeRoutes(plan{})}
	if d.link != nil {
		failures = append(failures, d.link.Close())
		d.link = nil
	}
	d.forget()
	failures = append(failures,
		route.RemoveLink(LinkName),
		route.ReconcileRules(nil),
		route.ReconcileRoutes(nil),
		d.silence.Remove(ctx),
		d.table.Remove(ctx),
	)
	return errors.Join(failures...)
}

func (d *Device) networks() ([]netip.Prefix, error) { return route.Networks(LinkName) }

func (d *Device) linkResolvers() ([]netip.Addr, error) { return systemdns.LinkResolvers() }

func (d *Device) inUse(ending map[netip.Addr]bool) map[netip.Addr]bool {
	return learned.InUse(ending, d.log)
}
