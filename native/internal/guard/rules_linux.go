package guard

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/route"
)

// Priorities of the rules of a device. The first rule that fits and finds a route decides:
//
//	5350  UDP to an endpoint of a gateway          main table, past the tunnel
//	5351  to an exempt endpoint, a portal's page   main table
//	5352  DHCP of this machine                     main table
//	5354  to what is protected or granted          our table: into the tunnel, else unreachable
//	5355  to what is protected, IPv6 alone         blackhole
const (
	gatewayPriority   = 5350
	exemptPriority    = 5351
	dhcpPriority      = 5352
	tunnelPriority    = 5354
	blackholePriority = 5355
)

// Metrics in our table: a granted route lies above the unreachable one of its protected prefix.
const (
	grantedMetric     = 50
	unreachableMetric = 4096
)

// inside is what no rule of others may lead past the tunnel, granted routes too.
func (p plan) inside() []netip.Prefix { return slices.Concat(p.protected, p.granted) }

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
		rules = append(rules, exempt(gatewayPriority, endpoint, unix.IPPROTO_UDP))
	}
	for _, item := range p.bypass {
		address := netip.AddrPortFrom(item.Address, item.Port)
		rules = append(rules, exempt(exemptPriority, address, protocolNumber(item.Proto)))
	}
	for _, page := range p.portal {
		rules = append(rules, exempt(exemptPriority, page, unix.IPPROTO_TCP))
	}
	rules = append(rules, route.Rule{
		Family: unix.AF_INET, Priority: dhcpPriority, Action: route.LookUp, Table: route.Main,
		Protocol: unix.IPPROTO_UDP, Source: route.Ports{First: dhcpClient, Last: dhcpClient},
		Destination: route.Ports{First: dhcpServer, Last: dhcpServer},
	})
	for _, prefix := range route.Disjoint(slices.Concat(p.protected, p.tunnelled)) {
		rules = append(rules, route.Rule{
			Family: family(prefix.Addr()), Priority: tunnelPriority, Action: route.LookUp,
			Table: route.Table, To: prefix,
		})
	}
	for _, prefix := range p.protected {
		if prefix.Addr().Is6() {
			// For who bound itself to a link the kernel looks at routes of that link alone, and would go on to
			// the main table. With IPv4 it takes whatever is refused for a neighbour instead.
			rules = append(rules, route.Rule{
				Family: unix.AF_INET6, Priority: blackholePriority, Action: route.Blackhole, To: prefix,
			})
		}
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
