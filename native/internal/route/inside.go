//go:build linux

package route

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Inside reads what has no way by the default route, in order.
func Inside() ([]netip.Prefix, error) {
	found := []netip.Prefix{}
	if err := bothFamilies(InsideTable, func(raw []byte) {
		if prefix, ok := readInside(raw); ok {
			found = append(found, prefix)
		}
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(found, netip.Prefix.Compare)
	return found, nil
}

func readInside(raw []byte) (netip.Prefix, bool) {
	const bits, kind = 1, 7
	if len(raw) < unix.SizeofRtMsg || raw[kind] != unix.RTN_UNREACHABLE || tableOf(raw) != InsideTable {
		return netip.Prefix{}, false
	}
	prefix := netip.Prefix{}
	attributesOf(raw, func(attribute uint16, value []byte) {
		if address, ok := netip.AddrFromSlice(value); ok && attribute == unix.RTA_DST {
			prefix = netip.PrefixFrom(address, int(raw[bits]))
		}
	})
	return prefix, prefix.IsValid()
}

// ReconcileInside makes the table hold exactly these, adding before it removes.
func ReconcileInside(wanted []netip.Prefix) error {
	observed, err := Inside()
	if err != nil {
		return err
	}
	missing, surplus := difference(possible(wanted, isPrefix6), observed)
	if len(missing)+len(surplus) == 0 {
		return nil
	}
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("route netlink: %w", err)
	}
	defer handle.Close()
	failures := []error{}
	for _, prefix := range missing {
		if err := handle.RouteReplace(insideRoute(prefix)); err != nil {
			failures = append(failures, fmt.Errorf("close %s: %w", prefix, err))
		}
	}
	for _, prefix := range surplus {
		err := handle.RouteDel(insideRoute(prefix))
		if err != nil && !errors.Is(err, unix.ESRCH) {
			failures = append(failures, fmt.Errorf("forget %s: %w", prefix, err))
		}
	}
	return errors.Join(failures...)
}

// HoldInside tells whether the table holds exactly these.
func HoldInside(wanted []netip.Prefix) (bool, error) {
	observed, err := Inside()
	if err != nil {
		return false, err
	}
	missing, surplus := difference(possible(wanted, isPrefix6), observed)
	return len(missing)+len(surplus) == 0, nil
}

func insideRoute(prefix netip.Prefix) *netlink.Route {
	item := &netlink.Route{
		Table: InsideTable, Dst: toNet(prefix), Type: unix.RTN_UNREACHABLE,
		Priority: insideMetric, Protocol: unix.RTPROT_STATIC,
	}
	if prefix.Addr().Is6() {
		item.Family = unix.AF_INET6
	}
	return item
}

const insideMetric = 4096

// NetworksOfDownLinks lists the networks that this machine would have a route to, were the interfaces
// up that have an address in them.
func NetworksOfDownLinks() ([]netip.Prefix, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	found := []netip.Prefix{}
	for _, link := range links {
		if link.Attrs().RawFlags&unix.IFF_UP != 0 {
			continue
		}
		addresses, err := netlink.AddrList(link, unix.AF_UNSPEC)
		if err != nil {
			return nil, fmt.Errorf("addresses of %s: %w", link.Attrs().Name, err)
		}
		for _, item := range addresses {
			address, _ := netip.AddrFromSlice(item.IP)
			bits, _ := item.Mask.Size()
			if item.Flags&unix.IFA_F_NOPREFIXROUTE == 0 {
				found = append(found, netip.PrefixFrom(address.Unmap(), bits).Masked())
			}
		}
	}
	return found, nil
}

// Refused tells whether the kernel knows that a marked packet, come in by a link of ours from an address
// beyond it, leads nowhere.
func Refused(link int, from, to netip.Addr) (bool, error) {
	_, err := netlink.RouteGetWithOptions(to.AsSlice(), &netlink.RouteGetOptions{
		IifIndex: link, SrcAddr: from.AsSlice(), Mark: Mark,
	})
	var refusal unix.Errno
	if errors.As(err, &refusal) {
		return refusal == unix.EHOSTUNREACH || refusal == unix.ENETUNREACH, nil
	}
	return false, err
}
