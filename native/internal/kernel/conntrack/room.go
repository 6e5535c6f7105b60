//go:build linux

package conntrack

import (
	"fmt"
	"strconv"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/ports"
)

// Full is the finding that there is no room for new flows: from 95 % on the kernel itself looks for
// some that it could forget. Nothing where there is room, or no connection tracking.
func Full() []ports.Finding {
	held := sysctl.Read("netfilter/nf_conntrack_count")
	room := sysctl.Read("netfilter/nf_conntrack_max")
	count, unread := strconv.ParseUint(held, 10, 32)
	most, unknown := strconv.ParseUint(room, 10, 32)
	if unread != nil || unknown != nil || most == 0 || count < most*95/100 {
		return nil
	}
	return []ports.Finding{{Kind: ports.FlowsFull, Detail: fmt.Sprintf("%d of %d", count, most)}}
}
