//go:build linux

package route

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Route is one entry of our table: into a link, or unreachable when Link is empty.
type Route struct {
	To     netip.Prefix
	Link   string
	Metric int
}

// Routes reads our table in both families.
func Routes() ([]Route, error) {
	found := []Route{}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		filter := &netlink.Route{Table: Table}
		list, err := netlink.RouteListFiltered(family, filter, netlink.RT_FILTER_TABLE)
		if errors.Is(err, unix.EAFNOSUPPORT) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("routes: %w", err)
		}
		for _, item := range list {
			route, err := fromKernel(item)
			if err != nil {
				return nil, err
			}
			found = append(found, route)
		}
	}
	return found, nil
}

// ReconcileRoutes makes our table hold exactly the wanted routes, adding before it removes.
func ReconcileRoutes(wanted []Route) error {
	observed, err := Routes()
	if err != nil {
		return err
	}
	missing, surplus := difference(possible(wanted, isRoute6), observed)
	var failures []error
	for _, route := range missing {
		if err := write(netlink.RouteReplace, route); err != nil {
			failures = append(failures, fmt.Errorf("add route %s: %w", route.To, err))
		}
	}
	for _, route := range surplus {
		err := write(netlink.RouteDel, route)
		if err != nil && !errors.Is(err, unix.ESRCH) {
			failures = append(failures, fmt.Errorf("remove route %s: %w", route.To, err))
		}
	}
	return errors.Join(failures...)
}

// AddRoutes adds what is missing and removes nothing.
func AddRoutes(wanted []Route) error {
	observed, err := Routes()
	if err != nil {
		return err
	}
	missing, _ := difference(possible(wanted, isRoute6), observed)
	var failures []error
	for _, route := range missing {
		if err := write(netlink.RouteReplace, route); err != nil {
			failures = append(failures, fmt.Errorf("add route %s: %w", route.To, err))
		}
	}
	return errors.Join(failures...)
}

// HoldRoutes tells whether every wanted route stands.
func HoldRoutes(wanted []Route) (bool, error) {
	observed, err := Routes()
	if err != nil {
		return false, err
	}
	missing, _ := difference(possible(wanted, isRoute6), observed)
	return len(missing) == 0, nil
}

func isRoute6(route Route) bool { return route.To.Addr().Is6() }

func write(verb func(*netlink.Route) error, route Route) error {
	item := &netlink.Route{
		Table: Table, Dst: toNet(route.To), Priority: route.Metric, Protocol: unix.RTPROT_STATIC,
	}
	if route.To.Addr().Is6() {
		item.Family = unix.AF_INET6
	}
	if route.Link == "" {
		item.Type = unix.RTN_UNREACHABLE
		return verb(item)
	}
	link, err := netlink.LinkByName(route.Link)
	if err != nil {
		return err
	}
	item.LinkIndex = link.Attrs().Index
	if route.To.Addr().Is4() {
		item.Scope = unix.RT_SCOPE_LINK
	}
	return verb(item)
}

func fromKernel(item netlink.Route) (Route, error) {
	route := Route{To: fromNet(item.Dst, item.Family), Metric: item.Priority}
	if item.Type == unix.RTN_UNREACHABLE {
		return route, nil
	}
	link, err := netlink.LinkByIndex(item.LinkIndex)
	if err != nil {
		return Route{}, fmt.Errorf("route %s: %w", route.To, err)
	}
	route.Link = link.Attrs().Name
	return route, nil
}

func toNet(prefix netip.Prefix) *net.IPNet {
	return &net.IPNet{
		IP:   prefix.Addr().AsSlice(),
		Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
	}
}

func fromNet(network *net.IPNet, family int) netip.Prefix {
	if network == nil {
		if family == unix.AF_INET6 {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	address, _ := netip.AddrFromSlice(network.IP)
	if family == unix.AF_INET {
		address = address.Unmap()
	}
	bits, _ := network.Mask.Size()
	return netip.PrefixFrom(address, bits)
}
