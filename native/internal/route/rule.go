//go:build linux

// Package route makes policy rules, routes of our own tables, addresses and link state so, in both
// families. It touches only what carries our marks of ownership: priorities 5350-5359, tables 5350
// and 5351, and the interfaces it is told.
package route

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The numbers that are ours on every machine.
const (
	Table         = 5350
	InsideTable   = 5351 // what has no way by the default route
	Main          = unix.RT_TABLE_MAIN
	FirstPriority = 5350
	LastPriority  = 5359
	Mark          = 0x53000000
	MarkMask      = 0xff000000
)

// Action is what a matching rule does.
type Action uint8

// The actions there are; we use the first two.
const (
	LookUp      Action = unix.FR_ACT_TO_TBL
	Blackhole   Action = unix.FR_ACT_BLACKHOLE
	GoTo        Action = unix.FR_ACT_GOTO
	Nop         Action = unix.FR_ACT_NOP
	Unreachable Action = unix.FR_ACT_UNREACHABLE
	Prohibit    Action = unix.FR_ACT_PROHIBIT
)

// Ports is an inclusive range; the zero value matches everything.
type Ports struct{ First, Last uint16 }

// Rule is one policy rule; equal rules are equal values. Family is unix.AF_INET or AF_INET6.
type Rule struct {
	Family      uint8
	Priority    uint32
	Action      Action
	Table       uint32
	Input       string // interface name; "lo" means made on this machine
	From        netip.Prefix
	To          netip.Prefix
	Mark, Mask  uint32
	Protocol    uint8
	Source      Ports
	Destination Ports
	Least       uint32 // a shorter route of the table does not count

	// What only others use.
	Not     bool   // it selects what its selectors do not
	Output  string // the interface that a program bound itself to
	Service uint8  // type of service
	Domain  bool   // the table is that of the packet's VRF, and nothing else is selected
	Target  uint32 // priority at which to go on
	Others  string // the remaining selectors, as the kernel gives them
}

// Rules reads our priorities in both families.
func Rules() ([]Rule, error) {
	return readRules(Rule.own)
}

func (r Rule) own() bool { return r.Priority >= FirstPriority && r.Priority <= LastPriority }

// beforeOurs leaves out the kernel's own look-up of local addresses.
func (r Rule) beforeOurs() bool {
	local := Rule{Family: r.Family, Action: LookUp, Table: unix.RT_TABLE_LOCAL}
	return r.Priority < FirstPriority && r != local
}

// general tells whether it selects by nothing but the destination.
func (r Rule) general() bool {
	return r == Rule{
		Family: r.Family, Priority: r.Priority, To: r.To,
		Action: r.Action, Table: r.Table, Least: r.Least, Target: r.Target,
	}
}

func readRules(wanted func(Rule) bool) ([]Rule, error) {
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	rules := []Rule{}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		request := netlink.Message{
			Header: netlink.Header{Type: unix.RTM_GETRULE, Flags: netlink.Request | netlink.Dump},
			Data:   ruleHeader(Rule{Family: family}),
		}
		answers, err := conn.Execute(request)
		if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("rules: %w", err)
		}
		for _, answer := range answers {
			rule, err := decodeRule(answer.Data)
			if err != nil {
				return nil, err
			}
			if wanted(rule) {
				rules = append(rules, rule)
			}
		}
	}
	return rules, nil
}

// ReconcileRules makes our priorities hold exactly the wanted rules: what is missing is added in
// the order given before anything is removed, so a lock never opens in between.
func ReconcileRules(wanted []Rule) error {
	// To the kernel a selector that a request leaves out matches anything, so that removing a
	// foreign rule may hit a narrower one of ours; the next round puts that back and hits the right
	// one.
	const rounds = 5
	wanted = possible(wanted, func(rule Rule) bool { return rule.Family == unix.AF_INET6 })
	for range rounds {
		observed, err := Rules()
		if err != nil {
			return err
		}
		missing, surplus := difference(wanted, observed)
		if len(missing)+len(surplus) == 0 {
			return nil
		}
		if err := writeRules(unix.RTM_NEWRULE, missing); err != nil {
			return err
		}
		if err := writeRules(unix.RTM_DELRULE, surplus); err != nil {
			return err
		}
	}
	if held, err := HoldRules(wanted); err != nil || !held {
		return errors.Join(err, errors.New("somebody else changes our rules all the time"))
	}
	return nil
}

func writeRules(kind netlink.HeaderType, rules []Rule) error {
	failures := []error{}
	for _, rule := range rules {
		err := writeRule(kind, rule)
		if kind == unix.RTM_DELRULE && errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("rule %s: %w", rule, err))
		}
	}
	return errors.Join(failures...)
}

// ConcernsUs tells whether a message of the kernel is about a rule at one of our priorities or
// before them.
func ConcernsUs(raw []byte) bool {
	rule, err := decodeRule(raw)
	return err == nil && (rule.own() || rule.beforeOurs())
}

// HoldRules tells whether our priorities hold exactly the wanted rules.
func HoldRules(wanted []Rule) (bool, error) {
	observed, err := Rules()
	if err != nil {
		return false, err
	}
	wanted = possible(wanted, func(rule Rule) bool { return rule.Family == unix.AF_INET6 })
	missing, surplus := difference(wanted, observed)
	return len(missing)+len(surplus) == 0, nil
}

// difference counts: the kernel may hold one rule twice, and the second one is surplus.
func difference[T comparable](wanted, observed []T) (missing, surplus []T) {
	left := map[T]int{}
	for _, item := range observed {
		left[item]++
	}
	asked := map[T]bool{}
	for _, item := range wanted {
		if asked[item] {
			continue
		}
		asked[item] = true
		if left[item] > 0 {
			left[item]--
		} else {
			missing = append(missing, item)
		}
	}
	for _, item := range observed {
		if left[item] > 0 {
			left[item]--
			surplus = append(surplus, item)
		}
	}
	return missing, surplus
}

func writeRule(kind netlink.HeaderType, rule Rule) error {
	conn, err := dial()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	attributes, err := encodeRule(rule)
	if err != nil {
		return err
	}
	flags := netlink.Request | netlink.Acknowledge
	if kind == unix.RTM_NEWRULE {
		flags |= netlink.Create | netlink.Excl
	}
	_, err = conn.Execute(netlink.Message{
		Header: netlink.Header{Type: kind, Flags: flags},
		Data:   append(ruleHeader(rule), attributes...),
	})
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}

func dial() (*netlink.Conn, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		return nil, fmt.Errorf("route netlink: %w", err)
	}
	return conn, nil
}
