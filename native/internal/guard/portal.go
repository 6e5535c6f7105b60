package guard

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// portalFor is how long a captive portal is reachable; who needs longer asks again.
const portalFor = 5 * time.Minute

// portal is the sign-in page of the network that the machine is in. The zero one is none.
type portal struct {
	page   netip.AddrPort
	opened time.Time     // against the handshakes of WireGuard
	until  time.Duration // since boot
}

// OpenPortal lets this machine's programs reach the page in clear where it stands in a protected
// prefix: its port, 80 and 443 by TCP, until portalFor is over, controller or gateway answer or the
// machine is in another network. A granted resource at that address keeps it closed. It answers for how long it
// opened; 0: nothing of ours is in the way.
func (d *device) OpenPortal(ctx context.Context, page netip.AddrPort) (time.Duration, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.held()
	if p == nil || !route.Holds(p.protected, page.Addr()) {
		return 0, nil
	}
	if route.Holds(p.resources, page.Addr()) {
		return 0, ports.ErrPortalGranted
	}
	near, err := d.isNear(page.Addr())
	if err != nil {
		return 0, err
	}
	if !near {
		return 0, ports.ErrPortalFar
	}
	d.use.portal = portal{page: page, opened: time.Now(), until: clock.Read().Monotonic + portalFor}
	d.log.Warn("captive portal opened", "page", page.String(), "seconds", portalFor.Seconds())
	return portalFor, d.replan(ctx, p)
}

// isNear tells whether the address stands in a network that the machine is part of.
func (d *device) isNear(address netip.Addr) (bool, error) {
	networks, err := d.system.networks()
	return err == nil && route.Holds(networks, address), err
}

// replan makes guard and rules follow what is in use now.
func (d *device) replan(ctx context.Context, p *plan) error {
	*p = newPlan(d.standing, d.use, d.names)
	return d.system.ensureGuard(ctx, *p)
}

// ClosePortal ends the exemption, if there is one, before its time.
func (d *device) ClosePortal(ctx context.Context, reason string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.held()
	if p == nil || d.use.portal == (portal{}) {
		return nil
	}
	return d.endPortal(ctx, p, reason)
}

// closePortal ends the exemption once its reason is gone. With netd dead the kernel ends it in time.
func (d *device) closePortal(ctx context.Context, p *plan) {
	if d.use.portal == (portal{}) {
		return
	}
	if reason := d.portalEnd(); reason != "" {
		if err := d.endPortal(ctx, p, reason); err != nil {
			d.log.Error("captive portal not closed", "why", err.Error())
		}
	}
}

func (d *device) endPortal(ctx context.Context, p *plan, reason string) error {
	d.use.portal = portal{}
	d.log.Info("captive portal closed", "reason", reason)
	return errors.Join(d.system.emptyPortal(), d.replan(ctx, p))
}

func (d *device) portalEnd() string {
	if clock.Read().Monotonic >= d.use.portal.until {
		return "its time is over"
	}
	if near, err := d.isNear(d.use.portal.page.Addr()); err != nil || !near {
		return "the machine is in another network"
	}
	if d.link == nil {
		return ""
	}
	state, err := d.link.Read()
	if err != nil {
		return ""
	}
	for _, peer := range state.Peers {
		if peer.LastHandshake.After(d.use.portal.opened) {
			return "a gateway answers"
		}
	}
	return ""
}

// portalPages are the ports of the plan's portal; none where a resource has its address.
func portalPages(use paths, resources []netip.Prefix) []netip.AddrPort {
	address := use.portal.page.Addr()
	if !address.IsValid() || route.Holds(resources, address) {
		return nil
	}
	pages := []netip.AddrPort{}
	for _, port := range unique([]uint16{use.portal.page.Port(), 80, 443}) {
		pages = append(pages, netip.AddrPortFrom(address, port))
	}
	return pages
}
