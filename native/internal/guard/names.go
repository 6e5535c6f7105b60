package guard

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/dns/zone"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/learned"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

const maxHosts = 1024

var errNotConfigured = fault.New(fault.Conflict, "config", "the device has no configuration yet")

// nameBook is which addresses granted names led to. It is pure.
type nameBook struct {
	zones *zone.Set[object.DNSDomain] // granted names only
	hosts map[netip.Addr]*host
	// gateways are the addresses of endpoints that are names.
	gateways map[string][]netip.Addr
}

type host struct {
	site  string
	name  string // the one asked for last
	until time.Duration
}

func newNameBook() *nameBook {
	return &nameBook{
		zones: zone.NewSet[object.DNSDomain](), hosts: map[netip.Addr]*host{},
		gateways: map[string][]netip.Addr{},
	}
}

// routes lists the learned addresses of a site that none of its routes holds.
func (n *nameBook) routes(site string, routes []netip.Prefix) []netip.Prefix {
	found := []netip.Prefix{}
	for address, known := range n.hosts {
		if known.site == site && !route.Holds(routes, address) {
			found = append(found, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	slices.SortFunc(found, netip.Prefix.Compare)
	return found
}

// reindex takes over a new config: an address whose name is granted no more loses its route.
func (n *nameBook) reindex(tunnel object.Tunnel) {
	open := map[string]bool{}
	for _, site := range tunnel.Sites {
		open[site.Site] = true
	}
	n.zones = zone.NewSet[object.DNSDomain]()
	for _, domain := range tunnel.DNS {
		if domain.Granted && open[domain.Site] {
			n.zones.Add(zone.Pattern{Name: domain.Name, Wildcard: domain.Wildcard}, domain)
		}
	}
	named := map[string][]netip.Addr{}
	for _, site := range tunnel.Sites {
		for _, peer := range site.Peers {
			for _, endpoint := range peer.Endpoints {
				if addresses, known := n.gateways[endpoint.Host]; known && !endpoint.Address.IsValid() {
					named[endpoint.Host] = addresses
				}
			}
		}
	}
	n.gateways = named
	for address, known := range n.hosts {
		if site, granted := n.siteOf(known.name); !granted || site != known.site {
			delete(n.hosts, address)
		}
	}
}

func (n *nameBook) siteOf(name string) (string, bool) {
	domains, found := n.zones.Cover(name)
	if !found {
		return "", false
	}
	return domains[0].Site, true
}

// Learn routes the addresses of a granted name into the tunnel and answers those it routed. An
// address that carries the tunnel itself, or belongs to it, is refused.
func (d *device) Learn(ctx context.Context, found ports.Named) ([]netip.Addr, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.plan == nil {
		return nil, errNotConfigured
	}
	site, granted := d.names.siteOf(found.Name)
	if !granted {
		return nil, fmt.Errorf("%s is not granted", found.Name)
	}
	accepted, refusals, fresh := []netip.Addr{}, []error{}, false
	until := learned.Until(clock.Read().Monotonic, found.For)
	for _, address := range found.Addresses {
		known, here := d.names.hosts[address]
		switch err := d.mayRoute(address); {
		case err != nil:
			refusals = append(refusals, fmt.Errorf("%s: %w", found.Name, err))
			continue
		case here && known.site != site:
			refusals = append(refusals, fmt.Errorf("%s belongs to another site by now", address))
			continue
		case here:
			known.name, known.until = found.Name, max(known.until, until)
		case len(d.names.hosts) >= maxHosts:
			refusals = append(refusals, errors.New("too many learned addresses"))
			continue
		default:
			d.names.hosts[address] = &host{site: site, name: found.Name, until: until}
			fresh = true
		}
		accepted = append(accepted, address)
	}
	if fresh {
		if err := d.reroute(ctx); err != nil {
			return nil, err
		}
	}
	return accepted, errors.Join(refusals...)
}

// LearnGateway notes where the name of a gateway leads. The link's resolver may lie about it: then
// nobody there has the gateway's key, and nothing but our own encrypted packets goes there. An
// address inside a protected prefix is refused all the same, since it would be exempt there.
func (d *device) LearnGateway(ctx context.Context, name string, addresses []netip.Addr) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.plan == nil {
		return errNotConfigured
	}
	kept := slices.DeleteFunc(slices.Clone(addresses), func(address netip.Addr) bool {
		return address.Is4In6() || route.Holds(d.plan.protected, address)
	})
	slices.SortFunc(kept, netip.Addr.Compare)
	if len(kept) == 0 || slices.Equal(kept, d.names.gateways[name]) {
		return nil
	}
	d.names.gateways[name] = kept
	return d.reroute(ctx)
}

// mayRoute refuses addresses whose routes would catch the tunnel's own packets or the controllers.
func (d *device) mayRoute(address netip.Addr) error {
	if address.Is4In6() {
		return fmt.Errorf("%s hides an IPv4 address", address)
	}
	for _, own := range d.desired.Tunnel.Addresses {
		if own.Contains(address) {
			return fmt.Errorf("%s is our own tunnel address", address)
		}
	}
	for _, site := range d.desired.Tunnel.Sites {
		for _, peer := range site.Peers {
			if slices.Contains(peer.TunnelAddresses, address) {
				return fmt.Errorf("%s is the tunnel address of a gateway", address)
			}
		}
	}
	for _, endpoint := range d.plan.endpoints {
		if endpoint.Addr() == address {
			return fmt.Errorf("%s carries the tunnel itself", address)
		}
	}
	for _, item := range d.desired.Tunnel.Bypass {
		if item.Address == address {
			return fmt.Errorf("%s passes by the tunnel", address)
		}
	}
	return nil
}

// reroute makes the kernel follow the book; an unchanged plan is not written.
func (d *device) reroute(ctx context.Context) error {
	next := newPlan(d.desired, d.use, d.names)
	d.plan = &next
	for _, step := range d.system.apply(ctx, next) {
		if step.Result != ports.StepOK {
			return fmt.Errorf("step %s %s: %s", step.Name, step.Result, step.Detail)
		}
	}
	return nil
}

// LiveNames lists the names whose addresses have a route now.
func (d *device) LiveNames() []string {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	found := []string{}
	for _, known := range d.names.hosts {
		found = append(found, known.name)
	}
	return unique(found)
}

// Carriers lists, for each open site, the tunnel addresses of the gateway that carries it now.
func (d *device) Carriers() map[string][]netip.Addr {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	found := map[string][]netip.Addr{}
	if d.plan == nil || d.desired.Blocked || d.desired.Tunnel.State != object.TunnelOpen {
		return found
	}
	for _, site := range d.desired.Tunnel.Sites {
		peer := site.Peers[d.use.active[site.Site]%len(site.Peers)]
		found[site.Site] = peer.TunnelAddresses
	}
	return found
}

// KeepNames prolongs the routes that flows still use and takes the others away when their time is
// over.
func (d *device) KeepNames(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := clock.Read().Monotonic
	ending := map[netip.Addr]bool{}
	for address, known := range d.names.hosts {
		if learned.Ending(known.until, now) {
			ending[address] = true
		}
	}
	if len(ending) == 0 || d.plan == nil {
		return
	}
	used := d.system.inUse(ending)
	gone := false
	for address := range ending {
		switch known := d.names.hosts[address]; {
		case used[address]:
			known.until = now + learned.Stay
		case known.until <= now:
			delete(d.names.hosts, address)
			gone = true
		}
	}
	if !gone {
		return
	}
	if err := d.reroute(ctx); err != nil {
		d.log.Error("learned addresses were not withdrawn", "why", err.Error())
	}
}
