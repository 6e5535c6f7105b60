//go:build linux

package route

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/ports"
)

// ReconcileLink gives the interface exactly these addresses (link-local ones are left alone), the
// MTU, and brings it up.
func ReconcileLink(name string, addresses []netip.Prefix, mtu int) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("link %s: %w", name, err)
	}
	// A tunnel has no neighbours: no router may be heard on it, no link-local address be made. Where the
	// machine refuses, or has no IPv6, the filter keeps out what nobody asked for all the same.
	_ = sysctl.Ensure("ipv6/conf/"+name+"/accept_ra", "0")
	_ = sysctl.Ensure("ipv6/conf/"+name+"/addr_gen_mode", "1")
	// Many owners switch IPv6 off on all links, which is not about ours: its addresses are private.
	_ = sysctl.Ensure("ipv6/conf/"+name+"/disable_ipv6", "0")
	if err := refuseSourceRoutes(name); err != nil {
		return err
	}
	if link.Attrs().MTU != mtu {
		if err := netlink.LinkSetMTU(link, mtu); err != nil {
			return fmt.Errorf("mtu of %s: %w", name, err)
		}
	}
	if err := reconcileAddresses(link, addresses); err != nil {
		return err
	}
	if link.Attrs().RawFlags&unix.IFF_UP == 0 {
		if err := netlink.LinkSetUp(link); err != nil {
			return fmt.Errorf("bring up %s: %w", name, err)
		}
	}
	return nil
}

// refuseSourceRoutes keeps a packet that brings its own way along from going past whatever judged the
// destination that it showed. Where the machine takes no such packets at all, a refused write is fine.
func refuseSourceRoutes(name string) error {
	for _, parameter := range []struct{ family, name string }{
		{"ipv4", "accept_source_route"}, {"ipv6", "seg6_enabled"}, {"ipv6", "rpl_seg_enabled"},
	} {
		everywhere := sysctl.Read(parameter.family + "/conf/all/" + parameter.name)
		err := sysctl.Ensure(parameter.family+"/conf/"+name+"/"+parameter.name, "0")
		if err != nil && everywhere != "0" && everywhere != "" {
			return err
		}
	}
	return nil
}

func reconcileAddresses(link netlink.Link, wanted []netip.Prefix) error {
	name := link.Attrs().Name
	observed, err := addressesOf(link)
	if err != nil {
		return err
	}
	missing, surplus := difference(possible(wanted, isPrefix6), observed)
	for _, address := range missing {
		item := &netlink.Addr{IPNet: toNet(address)}
		if address.Addr().Is6() {
			// Nobody else can have it: it is usable at once instead of after detection.
			item.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrAdd(link, item); err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("address %s of %s: %w", address, name, err)
		}
	}
	for _, address := range surplus {
		err := netlink.AddrDel(link, &netlink.Addr{IPNet: toNet(address)})
		if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return fmt.Errorf("address %s of %s: %w", address, name, err)
		}
	}
	return nil
}

func isPrefix6(prefix netip.Prefix) bool { return prefix.Addr().Is6() }

func addressesOf(link netlink.Link) ([]netip.Prefix, error) {
	list, err := netlink.AddrList(link, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("addresses of %s: %w", link.Attrs().Name, err)
	}
	found := []netip.Prefix{}
	for _, item := range list {
		address, _ := netip.AddrFromSlice(item.IP)
		bits, _ := item.Mask.Size()
		if address = address.Unmap(); !address.IsLinkLocalUnicast() {
			found = append(found, netip.PrefixFrom(address, bits))
		}
	}
	slices.SortFunc(found, netip.Prefix.Compare)
	return found, nil
}

// ObserveLink reads one interface; nil when there is none of that name.
func ObserveLink(name string) (*ports.LinkObserved, error) {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("link %s: %w", name, err)
	}
	addresses, err := addressesOf(link)
	if err != nil {
		return nil, err
	}
	attributes := link.Attrs()
	up := attributes.RawFlags&(unix.IFF_UP|unix.IFF_RUNNING) == unix.IFF_UP|unix.IFF_RUNNING
	return &ports.LinkObserved{Name: name, Up: up, MTU: attributes.MTU, Addresses: addresses}, nil
}

// RemoveLink takes the interface away; none is fine.
func RemoveLink(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err == nil {
		err = netlink.LinkDel(link)
	}
	if err != nil {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// Networks lists the networks that this machine has an address in, but for those of one interface.
func Networks(except string) ([]netip.Prefix, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("links: %w", err)
	}
	found := []netip.Prefix{}
	for _, link := range links {
		if link.Attrs().Name == except {
			continue
		}
		addresses, err := addressesOf(link)
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			found = append(found, address.Masked())
		}
	}
	return found, nil
}

// Outside names the interfaces that default routes of the main table lead to, but for one.
func Outside(except string) ([]string, error) {
	indexes := map[int]bool{}
	err := MainRoutes(func(route MainRoute) {
		if route.Narrow() {
			return
		}
		for _, index := range route.Links {
			indexes[index] = true
		}
	})
	if err != nil {
		return nil, err
	}
	found := []string{}
	for index := range indexes {
		link, err := netlink.LinkByIndex(index)
		if errors.As(err, &netlink.LinkNotFoundError{}) {
			continue // went meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("link %d: %w", index, err)
		}
		if name := link.Attrs().Name; name != except {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}
