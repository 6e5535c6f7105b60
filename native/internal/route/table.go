//go:build linux

package route

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	loopback = 1  // the kernel's own number of "lo"
	unnamed  = -1 // a link that a route does not tell
)

// way is where a route of others leads: to a link, or nowhere else than to this machine.
type way struct {
	link   int
	metric int
	throws bool // the next rule is asked
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
func (j *judgement) readTable(handle *netlink.Handle, key numbered, prefixes []netip.Prefix) (table, error) {
	family := int(key.family)
	found := table{ways: map[netip.Prefix]way{}}
	note := func(item netlink.Route) bool {
		if j.routes++; j.routes > maxRoutes {
			return false
		}
		to := fromNet(item.Dst, family).Masked()
		if item.Flags&unix.RTNH_F_DEAD != 0 || !touches(prefixes, to) {
			return true
		}
		if former, known := found.ways[to]; !known || item.Priority < former.metric {
			found.ways[to] = wayOf(item)
		}
		if !slices.Contains(found.lengths, to.Bits()) {
			found.lengths = append(found.lengths, to.Bits())
		}
		return true
	}
	filter := &netlink.Route{Table: int(key.number)}
	err := handle.RouteListFilteredIter(family, filter, netlink.RT_FILTER_TABLE, note)
	slices.Sort(found.lengths)
	slices.Reverse(found.lengths)
	switch {
	case j.routes > maxRoutes:
		return table{}, errTooMany
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.EAFNOSUPPORT), errors.Is(err, unix.EOPNOTSUPP):
		return table{}, nil // no such table
	case errors.Is(err, netlink.ErrDumpInterrupted):
		return found, nil // somebody changes it just now: the next look finds the rest
	}
	return found, err
}

func wayOf(item netlink.Route) way {
	found := way{metric: item.Priority, throws: item.Type == unix.RTN_THROW}
	if item.Type != unix.RTN_UNICAST {
		return found
	}
	if found.link = item.LinkIndex; found.link == 0 {
		found.link = unnamed
	}
	for _, hop := range item.MultiPath {
		if hop.Flags&unix.RTNH_F_DEAD == 0 {
			found.link = hop.LinkIndex
		}
	}
	return found
}
