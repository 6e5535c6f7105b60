//go:build linux

package filter

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
)

// Priorities of the rules of a gateway. The first rule that fits and finds a route decides:
//
//	5350  from the tunnel, marked        main table
//	5351  from the tunnel                blackhole
//	5352  to a device, marked            our table, into the tunnel
//	5353  own ICMP to a device           our table
//	5354  own DNS answers by UDP         our table
//	5355  own DNS answers by TCP         our table
//	5356  to a device                    blackhole
const (
	fromMarkedPriority    = 5350
	fromBlackholePriority = 5351
	toMarkedPriority      = 5352
	icmpPriority          = 5353
	dnsUDPPriority        = 5354
	dnsTCPPriority        = 5355
	toBlackholePriority   = 5356
)

// lockRules is lock 2: without the mark, packets from and to devices meet a blackhole, also when
// every nft table is gone. The blackholes are written first, so that the lock closes before it opens.
// Rules for the gateway's own answers match what is made here (input "lo").
func lockRules(gateway object.Gateway) []route.Rule {
	const dns = 53
	rules := []route.Rule{}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		rules = append(rules, route.Rule{
			Family: family, Priority: fromBlackholePriority, Action: route.Blackhole, Input: LinkName,
		})
	}
	for _, pool := range gateway.Pools {
		rules = append(rules, route.Rule{
			Family: familyOf(pool), Priority: toBlackholePriority, Action: route.Blackhole, To: pool,
		})
	}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		rules = append(rules, route.Rule{
			Family: family, Priority: fromMarkedPriority, Action: route.LookUp, Table: route.Main,
			Input: LinkName, Mark: route.Mark, Mask: route.MarkMask,
		})
	}
	for _, pool := range gateway.Pools {
		toPool := route.Rule{
			Family: familyOf(pool), Action: route.LookUp, Table: route.Table, To: pool,
		}
		marked := toPool
		marked.Priority, marked.Mark, marked.Mask = toMarkedPriority, route.Mark, route.MarkMask
		icmp := toPool
		icmp.Priority, icmp.Input, icmp.Protocol = icmpPriority, "lo", unix.IPPROTO_ICMP
		if pool.Addr().Is6() {
			icmp.Protocol = unix.IPPROTO_ICMPV6
		}
		rules = append(rules, marked, icmp)
		if len(gateway.Resolvers) == 0 {
			continue
		}
		answer := toPool
		answer.Input, answer.Source = "lo", route.Ports{First: dns, Last: dns}
		udp, tcp := answer, answer
		udp.Priority, udp.Protocol = dnsUDPPriority, unix.IPPROTO_UDP
		tcp.Priority, tcp.Protocol = dnsTCPPriority, unix.IPPROTO_TCP
		rules = append(rules, udp, tcp)
	}
	return rules
}

func poolRoutes(gateway object.Gateway) []route.Route {
	routes := make([]route.Route, 0, len(gateway.Pools))
	for _, pool := range gateway.Pools {
		routes = append(routes, route.Route{To: pool, Link: LinkName, Metric: poolMetric})
	}
	return routes
}

const poolMetric = 50

func familyOf(prefix netip.Prefix) uint8 {
	if prefix.Addr().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// forwarding switches on what a router needs; called only when both locks stand.
func forwarding(gateway object.Gateway) error {
	failures := []error{}
	if gateway.ForwardV4 {
		failures = append(failures,
			// The reverse look-up of path filtering must carry the mark, or it meets the blackhole
			// and drops all tunnel traffic.
			sysctl.Ensure("ipv4/conf/all/src_valid_mark", "1"),
			sysctl.Ensure(forwarding4, "1"))
	}
	if gateway.ForwardV6 && route.HasIPv6() {
		failures = append(failures, keepHearingRouters(),
			sysctl.Ensure(forwarding6, "1"))
	}
	return errors.Join(failures...)
}

// keepHearingRouters says to each interface that heard router advertisements so far that it shall
// hear them as a router too: otherwise forwarding costs the gateway its own way to the internet.
func keepHearingRouters() error {
	const hear, hearAsRouter = "1", "2"
	links, err := net.Interfaces()
	if err != nil {
		return fmt.Errorf("interfaces: %w", err)
	}
	failures := []error{}
	for _, link := range links {
		own := "ipv6/conf/" + link.Name
		if link.Name == LinkName || sysctl.Read(own+"/forwarding") != "0" ||
			sysctl.Read(own+"/accept_ra") != hear {
			continue
		}
		failures = append(failures, sysctl.Ensure(own+"/accept_ra", hearAsRouter))
	}
	return errors.Join(failures...)
}
