//go:build linux || windows

// Package stub answers questions on a tunnel address: the resolver child's own work. On a device it
// asks gateways for protected names and the link's resolvers for the rest; on a gateway it asks the
// site's resolvers. It opens nothing: every address goes to netd before it goes to the client.
package stub

import (
	"net/netip"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/zone"
)

// handling is what is to be done with a name.
type handling int

const (
	outside   handling = iota // not ours: the resolvers of the link
	protected                 // ours: the resolvers of its zone, or nobody
	absent                    // an echo of ours that nobody may hear of
)

// router decides by name; it is made anew for every config and never changes.
type router struct {
	zones   *zone.Set[[]netip.AddrPort]
	reverse []channel.Reverse
	others  []netip.AddrPort
	permit  bool
	link    string
}

func newRouter(config channel.Config) *router {
	r := &router{
		zones: zone.NewSet[[]netip.AddrPort](), reverse: config.Reverse, others: config.Others,
		permit: config.Permit, link: config.Link,
	}
	for _, item := range config.Zones {
		r.zones.Add(item.Pattern, item.Resolvers)
	}
	return r
}

// route answers who may be asked about a name; nobody may for a protected one whose zone is down.
func (r *router) route(name string) (handling, []netip.AddrPort) {
	if lists, found := r.zones.Cover(name); found {
		return protected, firstOf(lists)
	}
	if prefix, found := zone.Reversed(name); found {
		if resolvers, ours := r.reversed(prefix); ours {
			return protected, resolvers
		}
		return outside, r.others
	}
	if r.zones.Echo(name) {
		return absent, nil
	}
	return outside, r.others
}

// reversed finds the longest protected prefix that holds the one asked for. A name above a
// protected zone tells nothing about it.
func (r *router) reversed(prefix netip.Prefix) ([]netip.AddrPort, bool) {
	var best *channel.Reverse
	for index := range r.reverse {
		item := &r.reverse[index]
		inside := item.Prefix.Bits() <= prefix.Bits() && item.Prefix.Contains(prefix.Addr())
		if inside && (best == nil || item.Prefix.Bits() > best.Prefix.Bits()) {
			best = item
		}
	}
	if best == nil {
		return nil, false
	}
	return best.Resolvers, true
}

// ours tells whether a name would be resolved inside, so that a client may be sent to it.
func (r *router) ours(name string) bool {
	_, found := r.zones.Cover(name)
	return found
}

// firstOf takes the first list with anybody in it.
func firstOf(lists [][]netip.AddrPort) []netip.AddrPort {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}
