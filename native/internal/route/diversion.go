//go:build linux

package route

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/sysctl"
)

// What others may write costs no more than this to judge, and a repair waits for it.
const (
	maxRules  = 1 << 10
	maxSteps  = 1 << 18
	maxTables = 64
	maxRoutes = 1 << 14
)

var errTooMany = errors.New("more rules and routes of others stand before ours than can be judged")

// Diversion tells the first part of the prefixes that a rule of others before ours leads to another
// interface than ours, whatever packets the rule selects; "" when all lead there or nowhere. It walks
// rules and tables by itself: the kernel answers for one packet, and not at all for a source that is
// not here, a protocol without ports or a link that filters paths.
func Diversion(prefixes []netip.Prefix, own string) (string, error) {
	rules, err := readRules(func(Rule) bool { return true })
	if err != nil || !slices.ContainsFunc(rules, Rule.beforeOurs) {
		return "", err
	}
	prefixes = Disjoint(prefixes)
	j := judgement{rules: concerning(rules, prefixes), own: indexOf(own)}
	found, err := j.first(prefixes)
	if errors.Is(err, errTooMany) {
		return err.Error(), nil
	}
	return found, err
}

// concerning leaves out what selects nothing to the prefixes, jumps to a rule that is not there, and the
// rules from ours on where nobody jumps past ours.
func concerning(rules []Rule, prefixes []netip.Prefix) []Rule {
	there := map[numbered]bool{}
	for _, rule := range rules {
		there[numbered{rule.Family, rule.Priority}] = true
	}
	rules = slices.DeleteFunc(rules, func(rule Rule) bool {
		return !rule.concerns(prefixes) ||
			rule.Action == GoTo && !there[numbered{rule.Family, rule.Target}]
	})
	if slices.ContainsFunc(rules, func(rule Rule) bool {
		return rule.beforeOurs() && rule.Action == GoTo
	}) {
		return rules
	}
	return slices.DeleteFunc(rules, func(rule Rule) bool { return !rule.beforeOurs() })
}

// concerns tells whether it may select what is for the prefixes. Who bound itself to a link or stands
// in a VRF asked for that way.
func (r Rule) concerns(prefixes []netip.Prefix) bool {
	bound := r.Domain || r.Output != "" && !r.Not
	return !bound && (r.Not || !r.To.IsValid() || Touches(prefixes, r.To))
}

// leading leaves out what leads nobody to ours. What comes in by a link goes on only where this machine
// forwards, and who bound itself to an address of another link asked for that way.
func (j *judgement) leading() ([]Rule, error) {
	kept := slices.DeleteFunc(slices.Clone(j.rules), func(rule Rule) bool {
		return !rule.Not && rule.Input != "" && rule.Input != "lo" && !forwards(rule.Family, rule.Input)
	})
	if slices.ContainsFunc(kept, func(rule Rule) bool { return rule.From.IsValid() }) {
		tunnel, others, err := j.sources()
		if err != nil {
			return nil, err
		}
		forwarding := map[uint8]bool{
			unix.AF_INET: forwardsAny(unix.AF_INET), unix.AF_INET6: forwardsAny(unix.AF_INET6),
		}
		kept = slices.DeleteFunc(kept, func(rule Rule) bool {
			return rule.From.IsValid() && !rule.Not &&
				!slices.ContainsFunc(tunnel, rule.From.Contains) &&
				(rule.From.IsSingleIP() && slices.Contains(others, rule.From.Addr()) ||
					!forwarding[rule.Family])
		})
	}
	return slices.DeleteFunc(slices.Clone(kept), func(rule Rule) bool {
		return rule.exempts() && slices.ContainsFunc(kept, func(other Rule) bool {
			return other.Family == rule.Family && other.Priority > rule.Priority &&
				other.beforeOurs() && (other.Mask == 0 || other.Not)
		})
	}), nil
}

// sources are the addresses that programs send from: into the tunnel, where unspecified ones of those
// that bound themselves to none are among them, and by other links.
func (j *judgement) sources() (tunnel, others []netip.Addr, err error) {
	list, err := netlink.AddrList(nil, unix.AF_UNSPEC)
	if err != nil {
		return nil, nil, fmt.Errorf("addresses: %w", err)
	}
	tunnel = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, item := range list {
		address, _ := netip.AddrFromSlice(item.IP)
		if item.LinkIndex == j.own {
			tunnel = append(tunnel, address.Unmap())
		} else {
			others = append(others, address.Unmap())
		}
	}
	return tunnel, others, nil
}

// forwards tells whether the kernel sends on what comes in by a link. IPv6 asks its own switch of the
// link for no more than how the link hears routers.
func forwards(family uint8, link string) bool {
	on := func(parameter string) bool { return sysctl.Read(parameter) == "1" }
	if family == unix.AF_INET {
		return on("ipv4/conf/" + link + "/forwarding")
	}
	return sysctl.Read("ipv6/conf/"+link+"/forwarding") != "" &&
		(on("ipv6/conf/all/forwarding") || on("ipv6/conf/"+link+"/force_forwarding"))
}

// forwardsAny looks at each link: a switch for all of them may be off where one is on.
func forwardsAny(family uint8) bool {
	links, err := net.Interfaces()
	return err != nil || slices.ContainsFunc(links, func(link net.Interface) bool {
		return link.Flags&net.FlagLoopback == 0 && forwards(family, link.Name)
	})
}

// exempts tells whether another VPN may keep its own packets out of its tunnel by this rule. That is
// so only where a rule follows that is about its tunnel.
func (r Rule) exempts() bool {
	ordinary := r.Table == Main || r.Table == unix.RT_TABLE_DEFAULT || r.Table == unix.RT_TABLE_LOCAL
	ours := r.Mark&r.Mask == 0 || (r.Mark^Mark)&r.Mask == 0
	return r.Mask != 0 && !r.Not && !ours && r.Action == LookUp && ordinary
}

func indexOf(name string) int {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return 0 // no tunnel now: whatever leads to a link leads elsewhere
	}
	return link.Attrs().Index
}
