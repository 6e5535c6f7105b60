package wg

import (
	"os"
	"sync"

	"github.com/vishvananda/netlink"
)

const (
	tunPath   = "/dev/net/tun"
	probeName = "spprobe0"
)

func wireguardLink(name string) netlink.Link {
	attributes := netlink.NewLinkAttrs()
	attributes.Name = name
	return &netlink.Wireguard{LinkAttrs: attributes}
}

// Probe finds out once what this machine has, by making an interface and taking it away again: the
// module may load only then. A TUN counts if it can be opened.
var Probe = sync.OnceValue(func() string {
	link := wireguardLink(probeName)
	if err := netlink.LinkAdd(link); err == nil {
		if netlink.LinkDel(link) == nil {
			return Kernel
		}
	}
	file, err := os.OpenFile(tunPath, os.O_RDWR, 0)
	if err != nil {
		return None
	}
	_ = file.Close()
	return Userspace
})
