package guard

import (
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
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
	open := tunnel.State == object.TunnelOpen && !desired.Blocked
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
	p.protected = route.Disjoint(slices.Concat(tunnel.ProtectedPrefixes, gateways))
	p.tunnelled = route.Disjoint(slices.Concat(tunnel.ProtectedPrefixes, gateways, routes))
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

func hostPrefixes(list []netip.Addr) []netip.Prefix {
	hosts := make([]netip.Prefix, 0, len(list))
	for _, address := range list {
		hosts = append(hosts, netip.PrefixFrom(address, address.BitLen()))
	}
	return hosts
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
