//go:build linux

// Package conntrack asks the kernel which flows run.
package conntrack

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Destinations tells which of these addresses are the destination of a flow. What was found comes
// back beside an error.
func Destinations(of map[netip.Addr]bool) (map[netip.Addr]bool, error) {
	used := map[netip.Addr]bool{}
	failures := []error{}
	for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
		flows, err := netlink.ConntrackTableList(netlink.ConntrackTable, family)
		if err != nil {
			failures = append(failures, fmt.Errorf("conntrack: %w", err))
			continue
		}
		for _, flow := range flows {
			if to, ok := netip.AddrFromSlice(flow.Forward.DstIP); ok && of[to.Unmap()] {
				used[to.Unmap()] = true
			}
		}
	}
	return used, errors.Join(failures...)
}
