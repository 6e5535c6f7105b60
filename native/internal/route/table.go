//go:build linux

package route

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	loopback = 1  // the kernel's own number of "lo"
	unnamed  = -1 // a link that a route does not tell
)

// way is where a route of others leads: to a link, or nowhere else than to this machine.
type way struct {
	link   int
	metric uint32
	throws bool // the next rule is asked
	partly bool // packets of one source or type of service alone are led
}

// table holds those routes of one table that concern us, by destination.
type table struct {
	ways    map[netip.Prefix]way
	lengths []int // of the destinations, longest first
}

// longest is the route that the kernel takes for a whole prefix.
func (t table) longest(to netip.Prefix) (found way, bits int, is bool) {
	for _, bits := range t.lengths {
		if bits > to.Bits() {
			continue
		}
		if found, is := t.ways[netip.PrefixFrom(to.Addr(), bits).Masked()]; is {
			return found, bits, true
		}
	}
	return way{}, 0, false
}

// readTable reads a table as far as it concerns the prefixes, which are disjoint.
func (j *judgement) readTable(key numbered, prefixes []netip.Prefix) (table, error) {
	found := table{ways: map[netip.Prefix]way{}}
	err := dumpRoutes(key, func(raw []byte) bool {
		to, number, leads := decodeWay(raw, j.own)
		if j.routes++; j.routes > maxRoutes || number != key.number || !Touches(prefixes, to) {
			return j.routes <= maxRoutes
		}
		if leads.partly && !j.elsewhere(leads) {
			return true
		}
		if former, known := found.ways[to]; !known || j.before(leads, former) {
			found.ways[to] = leads
		}
		if !slices.Contains(found.lengths, to.Bits()) {
			found.lengths = append(found.lengths, to.Bits())
		}
		return true
	})
	slices.Sort(found.lengths)
	slices.Reverse(found.lengths)
	switch {
	case j.routes > maxRoutes:
		return table{}, errTooMany
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EOPNOTSUPP):
		return table{}, nil // no such table
	case err != nil:
		return table{}, fmt.Errorf("routes of table %d: %w", key.number, err)
	}
	return found, nil
}

// before tells whether one way decides about another: of two that lead different packets, the one that
// leads elsewhere counts.
func (j *judgement) before(one, other way) bool {
	if one.partly != other.partly {
		return j.elsewhere(one) && !j.elsewhere(other)
	}
	return one.metric < other.metric
}

// decodeWay reads a route of the kernel; to is not valid where the kernel leaves the route aside. Of
// several next hops one that is not our own link counts.
func decodeWay(raw []byte, own int) (to netip.Prefix, number uint32, leads way) {
	if len(raw) < unix.SizeofRtMsg {
		return to, 0, leads
	}
	family, bits, kind := raw[0], int(raw[1]), raw[7]
	leads.partly = raw[2] != 0 || raw[3] != 0
	number = uint32(raw[4])
	address := netip.IPv4Unspecified()
	if family == unix.AF_INET6 {
		address = netip.IPv6Unspecified()
	}
	dead := binary.NativeEndian.Uint32(raw[8:])&unix.RTNH_F_DEAD != 0
	attributes, err := netlink.NewAttributeDecoder(raw[unix.SizeofRtMsg:])
	if err != nil || dead {
		return to, 0, leads
	}
	link := unnamed
	for attributes.Next() {
		switch attributes.Type() {
		case unix.RTA_DST:
			address, _ = netip.AddrFromSlice(attributes.Bytes())
		case unix.RTA_TABLE:
			number = attributes.Uint32()
		case unix.RTA_PRIORITY:
			leads.metric = attributes.Uint32()
		case unix.RTA_OIF:
			link = int(attributes.Uint32())
		case unix.RTA_MULTIPATH:
			link = anyHop(attributes.Bytes(), own)
		}
	}
	if attributes.Err() != nil {
		return to, 0, leads
	}
	if kind == unix.RTN_UNICAST {
		leads.link = link
	}
	leads.throws = kind == unix.RTN_THROW
	return netip.PrefixFrom(address, bits).Masked(), number, leads
}

func anyHop(hops []byte, own int) int {
	link := unnamed
	for len(hops) >= unix.SizeofRtNexthop {
		size := int(binary.NativeEndian.Uint16(hops))
		if hops[2]&unix.RTNH_F_DEAD == 0 {
			link = int(int32(binary.NativeEndian.Uint32(hops[4:])))
		}
		if link != unnamed && link != own {
			break
		}
		hops = hops[min(max((size+3)&^3, unix.SizeofRtNexthop), len(hops)):]
	}
	return link
}
