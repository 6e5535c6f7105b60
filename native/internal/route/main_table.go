//go:build linux

package route

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// DefaultBits is the length up to which a route is as good as the default one: programs that take all
// traffic write it in halves, and 2000::/3 is all of the internet's IPv6.
const DefaultBits = 3

// MainRoute is a route of the main table that leads somewhere, by these interfaces.
type MainRoute struct {
	To    netip.Prefix
	Links []int
}

// Narrow tells whether it is more than a default route.
func (r MainRoute) Narrow() bool { return r.To.Bits() > DefaultBits }

// MainRoutes visits the routes of the main table one by one: there may be as many as the internet has.
func MainRoutes(visit func(MainRoute)) error {
	return bothFamilies(Main, func(raw []byte) {
		if route, found := ReadMainRoute(raw); found {
			visit(route)
		}
	})
}

// bothFamilies visits the messages of one table, of which there is none where the kernel knows no such
// table or family.
func bothFamilies(table uint32, visit func(raw []byte)) error {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		err := dumpRoutes(numbered{family, table}, func(raw []byte) bool {
			visit(raw)
			return true
		})
		none := errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EAFNOSUPPORT) ||
			errors.Is(err, unix.EOPNOTSUPP)
		if err != nil && !none {
			return fmt.Errorf("routes of table %d: %w", table, err)
		}
	}
	return nil
}

// ReadMainRoute reads a message of the kernel about a route, as far as it is one of the main table.
func ReadMainRoute(raw []byte) (MainRoute, bool) {
	const family, bits, kind, flags = 0, 1, 7, 8
	if len(raw) < unix.SizeofRtMsg || raw[kind] != unix.RTN_UNICAST || tableOf(raw) != Main ||
		binary.NativeEndian.Uint32(raw[flags:])&unix.RTM_F_CLONED != 0 {
		return MainRoute{}, false
	}
	to := netip.IPv4Unspecified()
	switch raw[family] {
	case unix.AF_INET:
	case unix.AF_INET6:
		to = netip.IPv6Unspecified()
	default:
		return MainRoute{}, false
	}
	route := MainRoute{}
	attributesOf(raw, func(attribute uint16, value []byte) {
		switch attribute {
		case unix.RTA_DST:
			if address, ok := netip.AddrFromSlice(value); ok {
				to = address
			}
		case unix.RTA_OIF:
			if len(value) == 4 {
				route.Links = append(route.Links, int(int32(binary.NativeEndian.Uint32(value))))
			}
		case unix.RTA_MULTIPATH:
			route.Links = append(route.Links, hopsOf(value)...)
		}
	})
	route.To = netip.PrefixFrom(to, int(raw[bits])).Masked()
	return route, route.To.IsValid()
}

func tableOf(raw []byte) int {
	const table = 4
	found := int(raw[table])
	attributesOf(raw, func(attribute uint16, value []byte) {
		if attribute == unix.RTA_TABLE && len(value) == 4 {
			found = int(binary.NativeEndian.Uint32(value))
		}
	})
	return found
}

// hopsOf reads the interfaces of struct rtnexthop, several in a row.
func hopsOf(raw []byte) []int {
	const size, link = 8, 4
	found := []int{}
	for len(raw) >= size {
		length := int(binary.NativeEndian.Uint16(raw))
		if length < size || length > len(raw) {
			break
		}
		found = append(found, int(int32(binary.NativeEndian.Uint32(raw[link:]))))
		raw = raw[min((length+3)&^3, len(raw)):]
	}
	return found
}

// attributesOf makes nothing new of a route's message: a million of them may come.
func attributesOf(raw []byte, visit func(kind uint16, value []byte)) {
	const header, kindMask = 4, 0x3fff
	for rest := raw[unix.SizeofRtMsg:]; len(rest) >= header; {
		length := int(binary.NativeEndian.Uint16(rest))
		if length < header || length > len(rest) {
			return
		}
		visit(binary.NativeEndian.Uint16(rest[2:])&kindMask, rest[header:length])
		rest = rest[min((length+3)&^3, len(rest)):]
	}
}
