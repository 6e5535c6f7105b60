//go:build linux

package guard

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nft"
)

// silenceText drops what asks on another link for our address in the tunnel: the kernel would answer
// there for any address that it has.
func silenceText(p plan) string {
	own := addresses(p.addresses, true)
	if len(own) == 0 {
		return unsilenceText
	}
	return unsilenceText + fmt.Sprintf(`table arp %s {
  chain input {
    type filter hook input priority 0; policy accept;
    iifname != "%s" arp daddr ip { %s } drop
  }
}
`, TableName, LinkName, strings.Join(own, ", "))
}

const unsilenceText = "table arp " + TableName + "\ndelete table arp " + TableName + "\n"

// silence hides an address and closes nothing, so a kernel that cannot is only told of.
func (d *Device) silence(ctx context.Context, p plan) {
	text := silenceText(p)
	stands, err := d.socket.HasTable(unix.NFPROTO_ARP, TableName)
	if err == nil && stands == (text != unsilenceText) && text == d.silent {
		return
	}
	if err := nft.Load(ctx, text); err != nil {
		d.log.Warn("neighbours may ask for the tunnel address", "detail", err.Error())
		return
	}
	d.silent = text
}

func (d *Device) unsilence(ctx context.Context) {
	if stands, err := d.socket.HasTable(unix.NFPROTO_ARP, TableName); err == nil && !stands {
		return
	}
	if err := nft.Load(ctx, unsilenceText); err != nil {
		d.log.Warn("the silence about the tunnel address stays", "detail", err.Error())
	}
}
