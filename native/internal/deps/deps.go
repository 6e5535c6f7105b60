//go:build tools

package deps

import (
	_ "github.com/google/nftables"
	_ "github.com/google/nftables/binaryutil"
	_ "github.com/google/nftables/expr"
	_ "github.com/mdlayher/netlink"
	_ "github.com/mdlayher/netlink/nlenc"
	_ "github.com/vishvananda/netlink"
	_ "github.com/vishvananda/netlink/nl"
	_ "golang.org/x/sys/unix"
	_ "golang.zx2c4.com/wireguard/conn"
	_ "golang.zx2c4.com/wireguard/device"
	_ "golang.zx2c4.com/wireguard/ipc"
	_ "golang.zx2c4.com/wireguard/tun"
	_ "golang.zx2c4.com/wireguard/wgctrl"
	_ "golang.zx2c4.com/wireguard/wgctrl/wgtypes"
)
