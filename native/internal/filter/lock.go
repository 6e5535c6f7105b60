//go:build linux

package filter

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
)

// Priorities of the rules of a gateway. The first rule that fits and finds a route decides; those in
// brackets stand where no LAN is named:
//
//	5350  [from the tunnel, marked       main table, but for default routes]
//	5351  [from the tunnel, marked       unreachable what had a route there, see insideBook]
//	5352  from the tunnel, marked        main table
//	5353  from the tunnel                blackhole
//	5354  to a device, marked            our table, into the tunnel
//	5355  own ICMP to a device           our table
//	5356  own DNS answers                our table
//	5357  to a device                    blackhole
//	5358  [own questions and words       main table, but for default routes]
//	5359  [own questions and words       unreachable what had a route there]
const (
	fromNarrowPriority    = 5350
	fromInsidePriority    = 5351
	fromMarkedPriority    = 5352
	fromBlackholePriority = 5353
	toMarkedPriority      = 5354
	icmpPriority          = 5355
	dnsPriority           = 5356
	toBlackholePriority   = 5357
	askNarrowPriority     = 5358
	askInsidePriority     = 5359
)

const (
	dnsPort     = 53
	ownWordMark = route.Mark | 1 // of what the gateway says by itself of a flow, see ownWordChain
)

// lockRules is lock 2: without the mark, packets from and to devices meet a blackhole, also when
// every nft table is gone. The blackholes are written first, so that the lock closes before it opens.
// Rules for the gateway's own answers match what is made here (input "lo").
func lockRules(gateway object.Gateway) []route.Rule {
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
	rules = append(rules, insideRules(gateway)...)
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
		answer.Priority, answer.Input = dnsPriority, "lo"
		answer.Source = route.Ports{First: dnsPort, Last: dnsPort}
		udp, tcp := answer, answer
		udp.Protocol, tcp.Protocol = unix.IPPROTO_UDP, unix.IPPROTO_TCP
		rules = append(rules, udp, tcp)
	}
	return rules
}

// insideRules ask for a way narrower than the default route first, then whether there ever was one.
func insideRules(gateway object.Gateway) []route.Rule {
	if gateway.LAN != anyLAN {
		return nil
	}
	rules := []route.Rule{}
	both := func(of route.Rule, narrow, inside uint32) {
		of.Action = route.LookUp
		of.Priority, of.Table, of.Least = narrow, route.Main, route.DefaultBits+1
		rules = append(rules, of)
		of.Priority, of.Table, of.Least = inside, route.InsideTable, 0
		rules = append(rules, of)
	}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		both(route.Rule{Family: family, Input: LinkName, Mark: route.Mark, Mask: route.MarkMask},
			fromNarrowPriority, fromInsidePriority)
		both(route.Rule{Family: family, Input: "lo", Mark: ownWordMark, Mask: math.MaxUint32},
			askNarrowPriority, askInsidePriority)
	}
	for _, resolver := range hosts(gateway.Resolvers) {
		for _, protocol := range []uint8{unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
			both(route.Rule{Family: familyOf(resolver), Input: "lo", To: resolver, Protocol: protocol,
				Destination: route.Ports{First: dnsPort, Last: dnsPort}},
				askNarrowPriority, askInsidePriority)
		}
	}
	return rules
}

// rulesBeforeFilter keep closed what is known until the filter holds the LAN that is named now.
func rulesBeforeFilter(gateway object.Gateway) []route.Rule {
	known, err := route.Inside()
	if err != nil || len(known) > 0 {
		gateway.LAN = anyLAN
	}
	return lockRules(gateway)
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
