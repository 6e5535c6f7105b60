//go:build linux

package route

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Selectors that are younger than the constants of our library.
const (
	dscp = iota + 25
	flowLabel
	flowLabelMask
	sourceMask
	destinationMask
	dscpMask
)

// otherNames are the attributes that are kept as they come. What is not known at all is left out: a
// newer kernel may tell more of our own rules than we wrote.
var otherNames = map[uint16]string{
	unix.FRA_UID_RANGE: "uidrange", unix.FRA_TUN_ID: "tun_id",
	unix.FRA_SUPPRESS_IFGROUP: "suppress_ifgroup", dscp: "dscp", dscpMask: "dscp mask",
	flowLabel: "flowlabel", flowLabelMask: "flowlabel mask",
	sourceMask: "sport mask", destinationMask: "dport mask",
}

// ruleHeader is struct fib_rule_hdr; the table travels as an attribute since ours is above 255.
func ruleHeader(rule Rule) []byte {
	header := make([]byte, 12)
	header[0] = rule.Family
	header[3] = rule.Service
	if rule.To.IsValid() {
		header[1] = uint8(rule.To.Bits())
	}
	if rule.From.IsValid() {
		header[2] = uint8(rule.From.Bits())
	}
	header[7] = uint8(rule.Action)
	if rule.Not {
		binary.NativeEndian.PutUint32(header[8:], unix.FIB_RULE_INVERT)
	}
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
	if rule.Output != "" {
		attributes.String(unix.FRA_OIFNAME, rule.Output)
	}
	if rule.Domain {
		attributes.Uint8(unix.FRA_L3MDEV, 1)
	} else if rule.Action == LookUp {
		attributes.Uint32(unix.FRA_TABLE, rule.Table)
	}
	if rule.Least != 0 {
		attributes.Uint32(unix.FRA_SUPPRESS_PREFIXLEN, rule.Least-1)
	}
	if rule.Action == GoTo {
		attributes.Uint32(unix.FRA_GOTO, rule.Target)
	}
	raw, err := attributes.Encode()
	return append(raw, rule.Others...), err
}

func encodePorts(ports Ports) []byte {
	raw := binary.NativeEndian.AppendUint16(nil, ports.First)
	return binary.NativeEndian.AppendUint16(raw, ports.Last)
}

func decodeRule(raw []byte) (Rule, error) {
	if len(raw) < 12 {
		return Rule{}, errors.New("rule message is too short")
	}
	rule := Rule{
		Family: raw[0], Service: raw[3], Action: Action(raw[7]),
		Not: binary.NativeEndian.Uint32(raw[8:])&unix.FIB_RULE_INVERT != 0,
	}
	attributes, err := netlink.NewAttributeDecoder(raw[12:])
	if err != nil {
		return Rule{}, fmt.Errorf("rule: %w", err)
	}
	others := []netlink.Attribute{}
	for attributes.Next() {
		switch kind := attributes.Type(); kind {
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
		case unix.FRA_OIFNAME:
			rule.Output = attributes.String()
		case unix.FRA_L3MDEV:
			rule.Domain = attributes.Uint8() != 0
		case unix.FRA_SUPPRESS_PREFIXLEN:
			rule.Least = attributes.Uint32() + 1 // "none" is the highest number, so it becomes 0
		case unix.FRA_GOTO:
			rule.Target = attributes.Uint32()
		default:
			if other := attributes.Bytes(); selects(kind, other) {
				others = append(others, netlink.Attribute{Type: kind, Data: other})
			}
		}
	}
	if rule.Action != LookUp || rule.Domain {
		rule.Table = 0
	}
	if rule.Action != GoTo {
		rule.Target = 0
	}
	kept, err := netlink.MarshalAttributes(others)
	if err != nil {
		return Rule{}, fmt.Errorf("rule: %w", err)
	}
	rule.Others = string(kept)
	return rule, attributes.Err()
}

// selects leaves out the mask of a single port, which the kernel adds by itself.
func selects(kind uint16, value []byte) bool {
	if (kind == sourceMask || kind == destinationMask) && string(value) == "\xff\xff" {
		return false
	}
	return otherNames[kind] != ""
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
