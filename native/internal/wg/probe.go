//go:build linux

package wg

import (
	"os"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
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
// module may load only then. Without it a TUN or, for users without one, a packet socket will do.
var Probe = sync.OnceValue(func() string {
	link := wireguardLink(probeName)
	if err := netlink.LinkAdd(link); err == nil {
		if netlink.LinkDel(link) == nil {
			return Kernel
		}
	}
	if file, err := os.OpenFile(tunPath, os.O_RDWR, 0); err == nil {
		_ = file.Close()
		return Userspace
	}
	// The stand-in for a TUN needs the right to open packet sockets.
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return None
	}
	_ = unix.Close(socket)
	return Userspace
})
