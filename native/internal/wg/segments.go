//go:build linux

package wg

import (
	"fmt"

	"github.com/vishvananda/netlink"
)

const (
	// maxDatagram is what one call of WireGuard to its socket carries, cut up by the kernel later.
	maxDatagram = 1<<16 - 1 - 20 - 8
	// maxDatagrams is into how many the kernel cuts it at most.
	maxDatagrams = 64
	// wireguardBytes stand around each packet: header and tag.
	wireguardBytes = 16 + 16
)

// FitStreams has the kernel hand over a program's stream in pieces that leave in one call. Its usual
// piece is a few packets longer, which then travel alone and cost both machines nearly as much as the
// others together. Not for an interface that is forwarded to: there the kernel would cut pieces that
// are too long into single packets.
func (l *Link) FitStreams(mtu int) error {
	if l.kind != Userspace {
		return nil
	}
	link, err := netlink.LinkByName(l.name)
	if err != nil {
		return fmt.Errorf("link %s: %w", l.name, err)
	}
	segments := segmentsOf(mtu)
	if link.Attrs().GSOMaxSegs == uint32(segments) {
		return nil
	}
	if err := netlink.LinkSetGSOMaxSegs(link, segments); err != nil {
		return fmt.Errorf("segments of %s: %w", l.name, err)
	}
	return nil
}

// segmentsOf is how many full packets leave in one call.
func segmentsOf(mtu int) int { return min(maxDatagram/(mtu+wireguardBytes), maxDatagrams) }
