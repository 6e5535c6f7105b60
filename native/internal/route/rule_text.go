//go:build linux

package route

import (
	"encoding/binary"
	"fmt"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// String is for people, logs and golden tests, in the words of ip-rule(8).
func (r Rule) String() string {
	text := map[uint8]string{unix.AF_INET: "-4", unix.AF_INET6: "-6"}[r.Family]
	text += fmt.Sprintf(" pref %d", r.Priority)
	add := func(selects bool, format string, values ...any) {
		if selects {
			text += fmt.Sprintf(" "+format, values...)
		}
	}
	add(r.Not, "not")
	add(r.From.IsValid(), "from %s", r.From)
	add(r.To.IsValid(), "to %s", r.To)
	add(r.Service != 0, "tos %#x", r.Service)
	add(r.Input != "", "iif %s", r.Input)
	add(r.Output != "", "oif %s", r.Output)
	add(r.Mask != 0, "fwmark %#x/%#x", r.Mark, r.Mask)
	add(r.Protocol != 0, "ipproto %d", r.Protocol)
	add(r.Source != Ports{}, "sport %d-%d", r.Source.First, r.Source.Last)
	add(r.Destination != Ports{}, "dport %d-%d", r.Destination.First, r.Destination.Last)
	others, _ := netlink.UnmarshalAttributes([]byte(r.Others))
	for _, other := range others {
		if other.Type == unix.FRA_UID_RANGE && len(other.Data) == 8 {
			first := binary.NativeEndian.Uint32(other.Data)
			add(true, "uidrange %d-%d", first, binary.NativeEndian.Uint32(other.Data[4:]))
			continue
		}
		name := otherNames[other.Type]
		add(true, "%s %#x", name, other.Data)
	}
	return text + " " + r.actionText()
}

func (r Rule) actionText() string {
	switch r.Action {
	case LookUp:
		if r.Domain {
			return "l3mdev"
		}
		text := fmt.Sprintf("lookup %d", r.Table)
		if r.Least != 0 {
			text += fmt.Sprintf(" suppress_prefixlength %d", r.Least-1)
		}
		return text
	case GoTo:
		return fmt.Sprintf("goto %d", r.Target)
	}
	name, known := map[Action]string{
		Blackhole: "blackhole", Unreachable: "unreachable", Prohibit: "prohibit", Nop: "nop",
	}[r.Action]
	if !known {
		return fmt.Sprintf("action %d", r.Action)
	}
	return name
}
