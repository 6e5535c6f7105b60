//go:build linux

package filter

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/dns/zone"
	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/learned"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

const (
	maxHosts       = 8192
	maxNamesOfHost = 256
)

// named is one target by domain.
type named struct {
	resource   string
	target     object.Target
	resolvesTo []netip.Prefix
}

// nameBook is which addresses names led to, until when, and what the kernel holds for them.
type nameBook struct {
	zones *zone.Set[named]
	hosts map[netip.Addr]*host
	stale []nameItem   // in the kernel and not in the book any more
	fresh []netip.Addr // in the book and not in the kernel yet
}

// host is one learned address. Items without names are of a former process.
type host struct {
	names map[string]time.Duration // until when, by the clock of nft timeouts
	items []nameItem
	until time.Duration
}

// nameItem is one element of the maps of learned atoms.
type nameItem struct {
	set              string
	first, last      netip.Addr
	proto, protoLast uint8
	ports            object.PortRange
	id               atom.ID
	withPorts        bool
}

func newNameBook() *nameBook {
	return &nameBook{zones: zone.NewSet[named](), hosts: map[netip.Addr]*host{}}
}

// zonesOf indexes the targets by domain. What a resource does not say about where its names may
// lead is what the site serves by prefix.
func zonesOf(resources []object.Resource) *zone.Set[named] {
	served := []netip.Prefix{}
	for _, resource := range resources {
		for _, target := range resource.Targets {
			if target.Domain == "" {
				served = append(served, target.Prefix)
			}
		}
	}
	zones := zone.NewSet[named]()
	for _, resource := range resources {
		bounds := resource.ResolvesTo
		if len(bounds) == 0 {
			bounds = served
		}
		for _, target := range resource.Targets {
			if target.Domain != "" {
				zones.Add(zone.ParsePattern(target.Domain), named{resource.ID, target, bounds})
			}
		}
	}
	return zones
}

// match finds the targets of a name; labels of services in front (`_443._https.`) belong to it.
func (n *nameBook) match(name string) []named {
	for strings.HasPrefix(name, "_") {
		_, name, _ = strings.Cut(name, ".")
	}
	found, _ := n.zones.Match(name)
	return found
}

// learnedAt lists what the names of a host claim at its address.
func (n *nameBook) learnedAt(address netip.Addr, names map[string]time.Duration) []atom.Learned {
	found := []atom.Learned{}
	seen := map[string]bool{}
	for _, name := range sortedKeys(names, strings.Compare) {
		for _, item := range n.match(name) {
			key := item.resource + " " + item.target.Domain + " " + item.target.Proto +
				fmt.Sprint(item.target.Ports)
			if !seen[key] && route.Holds(item.resolvesTo, address) {
				seen[key] = true
				found = append(found, atom.Learned{Resource: item.resource, Target: item.target})
			}
		}
	}
	return found
}

// Permit tells whether the client holds a grant for something of this name, or, for a reverse
// name, for something at its address.
func (g *Gateway) Permit(client netip.Addr, name string) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	jti, owned := g.book.owners[client]
	if !owned {
		return false
	}
	now, ends := clock.Monotonic(), g.book.entries[jti].ends
	if prefix, reversed := zone.Reversed(name); reversed {
		return prefix.IsSingleIP() && g.holdsAt(prefix.Addr(), ends, now)
	}
	return slices.ContainsFunc(g.names.match(name), func(item named) bool {
		return ends[item.resource] > now
	})
}

func (g *Gateway) holdsAt(address netip.Addr, ends map[string]time.Duration, now time.Duration) bool {
	atoms := []atom.Learned{}
	if known, found := g.names.hosts[address]; found {
		atoms = g.names.learnedAt(address, known.names)
	}
	for _, resource := range g.atoms.Resources(address, atoms) {
		if ends[resource] > now {
			return true
		}
	}
	return false
}

// Learn opens the addresses of a name for those who hold a grant for it, and answers which of them
// the kernel knows now. An address outside the bounds of its resource is refused: a name that
// leads elsewhere is how rebinding begins.
func (g *Gateway) Learn(ctx context.Context, found ports.Named) ([]netip.Addr, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.desired == nil {
		return nil, errNotConfigured
	}
	now := clock.Monotonic()
	until := learned.Until(now, found.For)
	accepted, refusals := []netip.Addr{}, []error{}
	batch := nfnl.NewBatch(TableName)
	for _, address := range found.Addresses {
		next, err := g.nameAt(address, found.Name, until)
		if err != nil {
			refusals = append(refusals, err)
			continue
		}
		g.replaceHost(batch, address, next, now)
		accepted = append(accepted, address)
	}
	if err := batch.Commit(g.socket); err != nil {
		if err := g.rewrite(ctx, err); err != nil {
			return nil, err
		}
	}
	return accepted, errors.Join(refusals...)
}

// nameAt works out the host that an address becomes by one more name, and changes nothing.
func (g *Gateway) nameAt(address netip.Addr, name string, until time.Duration) (*host, error) {
	for _, pool := range g.desired.Gateway.Pools {
		if pool.Contains(address) {
			return nil, fmt.Errorf("%s leads into the pool of the tunnel", name)
		}
	}
	gateway := g.desired.Gateway
	if forwarded := address.Is4() && gateway.ForwardV4 ||
		address.Is6() && !address.Is4In6() && gateway.ForwardV6; !forwarded {
		return nil, fmt.Errorf("%s leads to %s, which is not forwarded", name, address)
	}
	next := &host{names: map[string]time.Duration{}, until: until}
	if known, found := g.names.hosts[address]; found {
		for other, end := range known.names {
			next.names[other] = end
			next.until = max(next.until, end)
		}
	} else if len(g.names.hosts) >= maxHosts {
		return nil, errors.New("too many learned addresses")
	}
	next.names[name] = until
	if len(next.names) > maxNamesOfHost {
		return nil, fmt.Errorf("too many names at %s", address)
	}
	if len(g.names.learnedAt(address, map[string]time.Duration{name: until})) == 0 {
		return nil, fmt.Errorf("%s leads outside the bounds of its resource", name)
	}
	atoms, err := g.atoms.At(address, g.names.learnedAt(address, next.names))
	if err != nil {
		return nil, err
	}
	next.items = learnedItems(atoms)
	return next, nil
}

// replaceHost replaces in the batch and in the book what the kernel holds for an address; nil: nothing.
func (g *Gateway) replaceHost(batch *nfnl.Batch, address netip.Addr, next *host, now time.Duration) {
	if former, found := g.names.hosts[address]; found {
		for _, item := range former.items {
			batch.Take(item.set, []nfnl.Element{item.element(former.until - now)})
		}
	}
	if next == nil {
		delete(g.names.hosts, address)
		return
	}
	for _, item := range next.items {
		batch.Put(item.set, []nfnl.Element{item.element(next.until - now)})
	}
	g.names.hosts[address] = next
}

// KeepNames prolongs addresses that flows still use and forgets names whose time is over; the
// kernel has ended the elements by itself.
func (g *Gateway) KeepNames(ctx context.Context) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	now := clock.Monotonic()
	ending := map[netip.Addr]bool{}
	for address, known := range g.names.hosts {
		for _, end := range known.names {
			if learned.Ending(end, now) {
				ending[address] = true
			}
		}
		if learned.Ending(known.until, now) {
			ending[address] = true
		}
	}
	if len(ending) == 0 || g.desired == nil {
		return
	}
	used := learned.InUse(ending, g.log)
	batch := nfnl.NewBatch(TableName)
	for address := range ending {
		g.replaceHost(batch, address, g.kept(address, used[address], now), now)
	}
	if err := batch.Commit(g.socket); err != nil {
		if err := g.rewrite(ctx, err); err != nil {
			g.log.Error("learned addresses were not renewed", "why", err.Error())
		}
	}
}

// kept is what stays of a host: with a flow everything for a further while, else what still runs.
func (g *Gateway) kept(address netip.Addr, used bool, now time.Duration) *host {
	known := g.names.hosts[address]
	next := &host{names: map[string]time.Duration{}, items: known.items, until: known.until}
	if used {
		next.until = max(known.until, now+learned.Stay)
	}
	for name, end := range known.names {
		if used {
			end = max(end, now+learned.Stay)
		}
		if end > now {
			next.names[name] = end
		}
	}
	if next.until <= now {
		return nil
	}
	if len(known.names) == 0 {
		return next
	}
	atoms, err := g.atoms.At(address, g.names.learnedAt(address, next.names))
	if err != nil || len(next.names) == 0 {
		return nil
	}
	next.items = learnedItems(atoms)
	return next
}
