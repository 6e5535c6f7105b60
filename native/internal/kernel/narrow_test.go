//go:build linux

package kernel

import (
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// Behind a telephone, a PPPoE line or a DHCP server that says so, WireGuard's own datagrams are too long
// for the link.
func TestABulkTransferPassesANarrowUplink(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	nstest.Run(t, "ip", "link", "set", "wan0", "mtu", "1400")
	l.site.Run(t, "ip", "link", "set", "wan1", "mtu", "1400")
	bulk(t, l)
}
