// Package guard is the kernel side of a device: the guard that keeps protected prefixes out of the
// clear, and the tunnel that opens some of them. The guard stands before the tunnel and is removed
// only on leaving. It verifies nothing: what comes in was verified before.
//
//	device     what all systems share: the plan, failover, names, resolvers, a captive portal
//	  Device   Linux (_linux.go): an nft table, routing rules, a TUN or the kernel's WireGuard
//	  Wintun   Windows: filters of the system and an adapter of wintun
package guard

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

// system is what differs between the systems that have a guard. All of it is called with the mutex
// held.
type system interface {
	// apply makes a whole plan so: what closes first, what opens last.
	apply(ctx context.Context, p plan) []ports.Step
	// ensureGuard puts the guard of a plan where it is missing, and opens no tunnel.
	ensureGuard(ctx context.Context, p plan) error
	// emptyPortal takes the pages of a captive portal away at once.
	emptyPortal() error
	// networks are those that this machine is part of, without the tunnel.
	networks() ([]netip.Prefix, error)
	// linkResolvers are those that the links brought.
	linkResolvers() ([]netip.Addr, error)
	// inUse tells which of these addresses flows still go to.
	inUse(ending map[netip.Addr]bool) map[netip.Addr]bool
}

// device is what the guard of every system knows; all methods of ports may be called from any
// goroutine.
type device struct {
	system system
	emit   ports.Emit
	log    *slog.Logger

	mutex   sync.Mutex
	link    *wg.Link
	plan    *plan // nil until a desired state came
	closed  *plan // until then: the guard to keep up, without a tunnel
	desired ports.DeviceDesired
	// standing is what plan or closed was made of.
	standing ports.DeviceDesired
	use      paths
	unread   string // why resolvers cannot be read, as it was told last
	names    *nameBook
}

func newDevice(emit ports.Emit, log *slog.Logger) device {
	return device{
		emit: emit, log: log, names: newNameBook(),
		use: paths{active: map[string]int{}, dialled: map[object.Key]int{}},
	}
}

// held is the plan whose guard stands: the applied one, or the one of the last run.
func (d *device) held() *plan {
	if d.plan != nil {
		return d.plan
	}
	return d.closed
}

// Apply makes the whole state so: what narrows happens first, what opens last and only when
// everything before it stands.
func (d *device) Apply(ctx context.Context, desired ports.DeviceDesired) []ports.Step {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.names.reindex(desired.Tunnel)
	d.learnResolvers(newPlan(desired, d.use, d.names))
	next := newPlan(desired, d.use, d.names)
	d.plan, d.desired, d.standing = &next, desired, desired
	return d.system.apply(ctx, next)
}

func (d *device) configure(p plan, mark uint32) error {
	settings := wg.Settings{PrivateKey: d.desired.PrivateKey, Mark: mark}
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

// block takes away what the peers may send to us; routes and guard are the system's.
func (d *device) block() error {
	if d.plan == nil {
		return nil
	}
	d.desired.Blocked, d.standing.Blocked = true, true
	next := newPlan(d.desired, d.use, d.names)
	d.plan = &next
	if d.link == nil {
		return nil
	}
	return d.link.Reconcile(next.peers)
}

// restore works out the guard that was desired; before the first config it is the one to keep up.
func (d *device) restore(desired ports.DeviceDesired) plan {
	d.learnResolvers(newPlan(desired, d.use, d.names))
	p := newPlan(desired, d.use, d.names)
	if d.plan == nil {
		d.closed, d.standing = &p, desired
	}
	return p
}

// putBack makes what somebody damaged so again, as far as it was, and then reports it.
func (d *device) putBack(ctx context.Context, p plan, damaged string) {
	fields := map[string]any{"what": damaged}
	if d.plan != nil {
		fields["steps"] = d.system.apply(ctx, p)
	} else if err := d.system.ensureGuard(ctx, p); err != nil {
		d.log.Error("the guard could not be put back", "why", err.Error())
	}
	d.emit(ports.Event{Name: ports.Tampered, Fields: fields})
}

// forget is the end of all that was desired.
func (d *device) forget() {
	d.plan, d.closed, d.names, d.use.portal = nil, nil, newNameBook(), portal{}
}

// every looks again and again until the context ends.
func every(ctx context.Context, pause time.Duration, look func(now time.Time)) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			look(now)
		}
	}
}

// Bump re-binds the WireGuard socket; without a tunnel there is nothing to do.
func (d *device) Bump(context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.link == nil {
		return nil
	}
	return d.link.Bump(0)
}
