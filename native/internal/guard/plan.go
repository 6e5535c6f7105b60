//go:build linux

package guard

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

// Metrics in our table: a granted route lies above the unreachable one of its protected prefix.
const (
	grantedMetric     = 50
	unreachableMetric = 4096
)

// plan is a desired state worked out: what each step has to make so. It is pure.
type plan struct {
	addresses []netip.Prefix // our own tunnel addresses
	mtu       int
	protected []netip.Prefix // never in clear, disjoint
	tunnelled []netip.Prefix // what may leave through the tunnel, disjoint
	granted   []netip.Prefix // what has a route into the tunnel now
	resources []netip.Prefix // what was granted, reachable now or not
	endpoints []netip.AddrPort
	bypass    []object.Bypass
	portal    []netip.AddrPort // pages of a captive portal
	peers     []wg.Peer
	unnamed   []string // endpoints that are names of which no address is known yet
}

// paths says which of several ways is in use (the first one is the default) and what must stay
// reachable beside the tunnel.
type paths struct {
	active    map[string]int     // by site: the peer that carries its routes
	dialled   map[object.Key]int // by peer: its endpoint
	resolvers []netip.Addr       // of the links, inside a protected prefix
	portal    portal
}

// newPlan chooses for each site the peer that carries its routes, and an endpoint for each peer.
func newPlan(desired ports.DeviceDesired, use paths, learned *nameBook) plan {
	tunnel := desired.Tunnel
	open := tunnel.State == "open" && !desired.Blocked
	p := plan{
		addresses: tunnel.Addresses, mtu: tunnel.MTU,
		bypass: slices.Concat(tunnel.Bypass, resolverBypass(use.resolvers)),
	}
	gateways, routes := []netip.Prefix{}, []netip.Prefix{}
	peers := map[object.Key]*wg.Peer{}
	order := []object.Key{}
	for _, site := range tunnel.Sites {
		site.Routes = append(slices.Clip(site.Routes), learned.routes(site.Site, site.Routes)...)
		routes = append(routes, site.Routes...)
		for index, peer := range site.Peers {
			hosts := hostPrefixes(peer.TunnelAddresses)
			gateways = append(gateways, hosts...)
			item, known := peers[peer.PublicKey]
			if !known {
				item = &wg.Peer{
					PublicKey: peer.PublicKey, PresharedKey: peer.PresharedKey,
					KeepaliveSeconds: tunnel.KeepaliveSeconds,
				}
				peers[peer.PublicKey] = item
				order = append(order, peer.PublicKey)
			}
			p.useEndpoints(item, addressed(peer, learned), use.dialled[peer.PublicKey])
			item.AllowedIPs = append(item.AllowedIPs, hosts...)
			if open && index == use.active[site.Site]%len(site.Peers) {
				item.AllowedIPs = append(item.AllowedIPs, site.Routes...)
			}
		}
	}
	for _, key := range order {
		peers[key].AllowedIPs = unique(peers[key].AllowedIPs)
		p.peers = append(p.peers, *peers[key])
	}
	p.endpoints = unique(p.endpoints)
	p.protected = disjoint(slices.Concat(tunnel.ProtectedPrefixes, gateways))
	p.tunnelled = disjoint(slices.Concat(tunnel.ProtectedPrefixes, gateways, routes))
	p.resources = unique(slices.Concat(gateways, routes))
	p.portal = portalPages(use, p.resources)
	if open {
		p.granted = p.resources
	}
	return p
}

// addressed puts the addresses of a gateway in the place of its name, those of IPv4 first.
func addressed(peer object.Peer, learned *nameBook) object.Peer {
	endpoints := []object.Endpoint{}
	for _, endpoint := range peer.Endpoints {
		for _, address := range learned.gateways[endpoint.Host] {
			endpoints = append(endpoints, object.Endpoint{Address: address, Port: endpoint.Port})
		}
		if len(learned.gateways[endpoint.Host]) == 0 {
			endpoints = append(endpoints, endpoint)
		}
	}
	peer.Endpoints = endpoints
	return peer
}

// useEndpoints takes one of the endpoints that are addresses; all of them pass the guard.
func (p *plan) useEndpoints(item *wg.Peer, peer object.Peer, dialled int) {
	known := []netip.AddrPort{}
	for _, endpoint := range peer.Endpoints {
		if !endpoint.Address.IsValid() {
			p.unnamed = append(p.unnamed, endpoint.Host)
			continue
		}
		full := netip.AddrPortFrom(endpoint.Address, endpoint.Port)
		known = append(known, full)
	}
	p.endpoints = append(p.endpoints, known...)
	if !item.Endpoint.IsValid() && len(known) > 0 {
		item.Endpoint = known[dialled%len(known)]
	}
}

// unreachable is what lies beneath: without a tunnel a program hears "no route" at once.
func (p plan) unreachable() []route.Route {
	routes := make([]route.Route, 0, len(p.protected))
	for _, prefix := range p.protected {
		routes = append(routes, route.Route{To: prefix, Metric: unreachableMetric})
	}
	return routes
}

func (p plan) openRoutes() []route.Route {
	routes := make([]route.Route, 0, len(p.granted))
	for _, prefix := range p.granted {
		routes = append(routes, route.Route{To: prefix, Link: LinkName, Metric: grantedMetric})
	}
	return routes
}

// rules sends protected and granted prefixes to our own table, so that no route of the main table,
// however specific, catches them. The exemptions in front match by address, protocol and port, not
// by mark: with strict reverse path filtering a mark would lose the replies.
func (p plan) rules() []route.Rule {
	const dhcpClient, dhcpServer = 68, 67
	rules := []route.Rule{}
	for _, endpoint := range p.endpoints {
		rules = append(rules, exempt(5350, endpoint, unix.IPPROTO_UDP))
	}
	for _, item := range p.bypass {
		address := netip.AddrPortFrom(item.Address, item.Port)
		rules = append(rules, exempt(5351, address, protocolNumber(item.Proto)))
	}
	for _, page := range p.portal {
		rules = append(rules, exempt(5351, page, unix.IPPROTO_TCP))
	}
	rules = append(rules, route.Rule{
		Family: unix.AF_INET, Priority: 5352, Action: route.LookUp, Table: route.Main,
		Protocol: unix.IPPROTO_UDP, Source: route.Ports{First: dhcpClient, Last: dhcpClient},
		Destination: route.Ports{First: dhcpServer, Last: dhcpServer},
	})
	for _, prefix := range disjoint(slices.Concat(p.protected, p.tunnelled)) {
		rules = append(rules, route.Rule{
			Family: family(prefix.Addr()), Priority: 5354, Action: route.LookUp,
			Table: route.Table, To: prefix,
		})
	}
	return rules
}

func exempt(priority uint32, to netip.AddrPort, protocol uint8) route.Rule {
	return route.Rule{
		Family: family(to.Addr()), Priority: priority, Action: route.LookUp, Table: route.Main,
		To:       netip.PrefixFrom(to.Addr(), to.Addr().BitLen()),
		Protocol: protocol, Destination: route.Ports{First: to.Port(), Last: to.Port()},
	}
}

func protocolNumber(name string) uint8 {
	if name == "tcp" {
		return unix.IPPROTO_TCP
	}
	return unix.IPPROTO_UDP
}

func family(address netip.Addr) uint8 {
	if address.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func hostPrefixes(list []netip.Addr) []netip.Prefix {
	hosts := make([]netip.Prefix, 0, len(list))
	for _, address := range list {
		hosts = append(hosts, netip.PrefixFrom(address, address.BitLen()))
	}
	return hosts
}

// disjoint sorts and drops what lies inside another prefix.
func disjoint(list []netip.Prefix) []netip.Prefix {
	sorted := slices.SortedFunc(slices.Values(list), netip.Prefix.Compare)
	kept := []netip.Prefix{}
	for _, prefix := range sorted {
		if len(kept) == 0 || !kept[len(kept)-1].Overlaps(prefix) {
			kept = append(kept, prefix)
		}
	}
	return kept
}

func unique[T comparable](list []T) []T {
	seen := map[T]bool{}
	kept := []T{}
	for _, item := range list {
		if !seen[item] {
			seen[item] = true
			kept = append(kept, item)
		}
	}
	return kept
}

// inside is an address of the prefix that is no broadcast address of a network of the same size.
func inside(prefix netip.Prefix) netip.Addr {
	if prefix.IsSingleIP() {
		return prefix.Addr()
	}
	return prefix.Addr().Next()
}
