//go:build linux

// Package route makes policy rules, routes of our own table, addresses and link state so, in both
// families. It touches only what carries our marks of ownership: priorities 5350-5359, table 5350
// and the interfaces it is told.
package route

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// The numbers that are ours on every machine.
const (
	Table         = 5350
	Main          = unix.RT_TABLE_MAIN
	FirstPriority = 5350
	LastPriority  = 5359
	Mark          = 0x53000000
	MarkMask      = 0xff000000
)

// Action is what a matching rule does.
type Action uint8

// The two actions we use.
const (
	LookUp    Action = unix.FR_ACT_TO_TBL
	Blackhole Action = unix.FR_ACT_BLACKHOLE
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
}

// String is for logs and golden tests, in the words of ip-rule(8).
func (r Rule) String() string {
	text := map[uint8]string{unix.AF_INET: "-4", unix.AF_INET6: "-6"}[r.Family]
	text += fmt.Sprintf(" pref %d", r.Priority)
	for _, part := range []struct {
		name   string
		prefix netip.Prefix
	}{{"from", r.From}, {"to", r.To}} {
		if part.prefix.IsValid() {
			text += fmt.Sprintf(" %s %s", part.name, part.prefix)
		}
	}
	if r.Input != "" {
		text += " iif " + r.Input
	}
	if r.Mask != 0 {
		text += fmt.Sprintf(" fwmark %#x/%#x", r.Mark, r.Mask)
	}
	if r.Protocol != 0 {
		text += fmt.Sprintf(" ipproto %d", r.Protocol)
	}
	if r.Source != (Ports{}) {
		text += fmt.Sprintf(" sport %d-%d", r.Source.First, r.Source.Last)
	}
	if r.Destination != (Ports{}) {
		text += fmt.Sprintf(" dport %d-%d", r.Destination.First, r.Destination.Last)
	}
	if r.Action == Blackhole {
		return text + " blackhole"
	}
	return text + fmt.Sprintf(" lookup %d", r.Table)
}

// Rules reads our priorities in both families.
func Rules() ([]Rule, error) {
	return readRules(Rule.own)
}

// RulesBeforeOurs reads the rules of others that are asked before ours, but for the kernel's own
// look-up of local addresses.
func RulesBeforeOurs() ([]Rule, error) {
	return readRules(Rule.beforeOurs)
}

func (r Rule) own() bool { return r.Priority >= FirstPriority && r.Priority <= LastPriority }

func (r Rule) beforeOurs() bool { return r.Priority > 0 && r.Priority < FirstPriority }

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

// ruleHeader is struct fib_rule_hdr; the table travels as an attribute since ours is above 255.
func ruleHeader(rule Rule) []byte {
	header := make([]byte, 12)
	header[0] = rule.Family
	if rule.To.IsValid() {
		header[1] = uint8(rule.To.Bits())
	}
	if rule.From.IsValid() {
		header[2] = uint8(rule.From.Bits())
	}
	header[7] = uint8(rule.Action)
	return header
}

func encodeRule(rule Rule) ([]byte, error) {
	attributes := netlink.NewAttributeEncoder()
	attributes.Uint32(unix.FRA_PRIORITY, rule.Priority)
	if rule.To.IsValid() {
		attributes.Bytes(unix.FRA_DST, rule.To.Addr().AsSlice())
	}
	if rule.From.IsValid() {
		attributes.Bytes(unix.FRA_SRC, rule.From.Addr().AsSlice())
	}
	if rule.Input != "" {
		attributes.String(unix.FRA_IIFNAME, rule.Input)
	}
	if rule.Mask != 0 {
		attributes.Uint32(unix.FRA_FWMARK, rule.Mark)
		attributes.Uint32(unix.FRA_FWMASK, rule.Mask)
	}
	if rule.Protocol != 0 {
		attributes.Uint8(unix.FRA_IP_PROTO, rule.Protocol)
	}
	for kind, ports := range map[uint16]Ports{
		unix.FRA_SPORT_RANGE: rule.Source, unix.FRA_DPORT_RANGE: rule.Destination,
	} {
		if ports != (Ports{}) {
			attributes.Bytes(kind, encodePorts(ports))
		}
	}
	if rule.Action == LookUp {
		attributes.Uint32(unix.FRA_TABLE, rule.Table)
	}
	return attributes.Encode()
}

func encodePorts(ports Ports) []byte {
	raw := binary.NativeEndian.AppendUint16(nil, ports.First)
	return binary.NativeEndian.AppendUint16(raw, ports.Last)
}

func decodeRule(raw []byte) (Rule, error) {
	if len(raw) < 12 {
		return Rule{}, errors.New("rule message is too short")
	}
	rule := Rule{Family: raw[0], Action: Action(raw[7])}
	attributes, err := netlink.NewAttributeDecoder(raw[12:])
	if err != nil {
		return Rule{}, fmt.Errorf("rule: %w", err)
	}
	for attributes.Next() {
		switch attributes.Type() {
		case unix.FRA_PRIORITY:
			rule.Priority = attributes.Uint32()
		case unix.FRA_DST:
			rule.To = prefixOf(attributes.Bytes(), int(raw[1]))
		case unix.FRA_SRC:
			rule.From = prefixOf(attributes.Bytes(), int(raw[2]))
		case unix.FRA_IIFNAME:
			rule.Input = attributes.String()
		case unix.FRA_FWMARK:
			rule.Mark = attributes.Uint32()
		case unix.FRA_FWMASK:
			rule.Mask = attributes.Uint32()
		case unix.FRA_IP_PROTO:
			rule.Protocol = attributes.Uint8()
		case unix.FRA_SPORT_RANGE:
			rule.Source = decodePorts(attributes.Bytes())
		case unix.FRA_DPORT_RANGE:
			rule.Destination = decodePorts(attributes.Bytes())
		case unix.FRA_TABLE:
			rule.Table = attributes.Uint32()
		}
	}
	if rule.Action != LookUp {
		rule.Table = 0
	}
	return rule, attributes.Err()
}

func prefixOf(raw []byte, bits int) netip.Prefix {
	address, _ := netip.AddrFromSlice(raw)
	return netip.PrefixFrom(address, bits)
}

func decodePorts(raw []byte) Ports {
	if len(raw) != 4 {
		return Ports{}
	}
	return Ports{binary.NativeEndian.Uint16(raw), binary.NativeEndian.Uint16(raw[2:])}
}
