package daemon

import (
	"context"
	"errors"
	"slices"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/trust"
)

// narrow closes everything that was granted. A device opens again with the next valid config, a
// gateway with the next lease list.
func (d *Daemon) narrow(ctx context.Context) (any, error) {
	if d.isGateway() {
		result, err := d.gateway.EmptyLive(ctx)
		d.book.Silence(true)
		if err != nil {
			return nil, fault.Wrap(fault.Kernel, "narrow", err)
		}
		return commitAnswer{KernelAtMs: result.KernelAtMs}, nil
	}
	d.blocked = true
	if err := d.device.Narrow(ctx); err != nil {
		return nil, fault.Wrap(fault.Kernel, "narrow", err)
	}
	return commitAnswer{KernelAtMs: d.options.Clock().MonotonicMs()}, nil
}

// grantedLeeway is what gateways allow a grant beyond its end, too.
const grantedLeeway = 5 * time.Second

// grantsEnded tells whether the last grant behind a tunnel's routes has ended: a gateway would let
// nothing through, so nothing is sent there any more.
func (d *Daemon) grantsEnded(tunnel object.Tunnel, now clock.Reading) bool {
	until := time.Duration(tunnel.GrantedUntilAt)*time.Millisecond + grantedLeeway
	return len(routesOf(tunnel)) > 0 && d.anchor.Now(now) > until
}

// endGranted takes the routes of a device away when its grants have ended and no newer config came.
func (d *Daemon) endGranted(ctx context.Context, now clock.Reading) {
	if d.effective == nil || d.effective.Tunnel == nil || !d.grantsEnded(*d.effective.Tunnel, now) {
		return
	}
	ended := withoutRoutes(*d.effective.Tunnel)
	d.effective = &object.Config{Envelope: d.effective.Envelope, Tunnel: &ended}
	d.blocked = true
	err := d.device.Narrow(ctx)
	d.logOutcome("narrowed", err, "reason", "the grants behind the config have ended")
}

// enforceTrust closes what a new trust set or pin no longer carries: grants and configs of killed
// keys, and configs beyond narrower ceilings.
func (d *Daemon) enforceTrust(ctx context.Context) error {
	d.assembly = lease.Assembly[checkedGrant]{}
	killed := d.keyring.Killed()
	if d.isGateway() && d.effective != nil {
		now := d.moment(d.options.Clock())
		if _, err := d.commit(ctx, d.book.Revoke(killed, now)); err != nil {
			return fault.Wrap(fault.Kernel, "trust", err)
		}
	}
	if d.effective == nil {
		return nil
	}
	ceilingErr := d.checkCeilings(*d.effective)
	if ceilingErr == nil && !slices.Contains(killed, trust.Kid(d.newest.token)) {
		return nil
	}
	d.options.Log.Warn("narrowed", "reason", "the config in force is no longer carried")
	_, err := d.narrow(ctx)
	return err
}

// leave removes everything that is ours, from the kernel first: while a part of it stays, the
// state that explains it stays too.
func (d *Daemon) leave(ctx context.Context) error {
	// Both sides take all rules away, and the one in use puts back what it misses until it has left.
	used, other := d.device.Leave, d.gateway.Leave
	if d.isGateway() {
		used, other = other, used
	}
	err := errors.Join(d.names.Leave(ctx), used(ctx), other(ctx))
	if err != nil {
		return fault.Wrap(fault.Kernel, "leave", err)
	}
	if err := d.options.Store.Forget(); err != nil {
		return fault.Wrap(fault.Kernel, "store", err)
	}
	d.keyring.Reset()
	d.changes++
	d.anchor = clock.Anchor{}
	d.privateKey = object.Key{}
	d.newest, d.former, d.effective = held{}, nil, nil
	d.book, d.assembly, d.probation = lease.NewBook(), lease.Assembly[checkedGrant]{}, probation{}
	d.book.TolerateFrom(d.options.Clock().Wall)
	d.blocked, d.snapshot, d.confirmed, d.setAside, d.owed = false, false, false, nil, nil
	d.openings = nil
	return nil
}

func wallTime(now clock.Reading) time.Time { return time.Unix(0, int64(now.Wall)) }
