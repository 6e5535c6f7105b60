//go:build linux

package wg

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/vishvananda/netlink"
	"golang.zx2c4.com/wireguard/tun"
)

// Open attaches to the interface of this name, or creates it. An existing one keeps its kind.
func Open(name string, mtu int, log *slog.Logger) (*Link, error) {
	existing := None
	if link, err := netlink.LinkByName(name); err == nil {
		existing = link.Type()
	}
	switch existing {
	case "wireguard":
		return openKernel(name)
	case "tuntap":
		return openUserspace(name, mtu, log)
	case "veth":
		if !isCable(name) {
			return nil, fmt.Errorf("interface %s is not ours: kind %s", name, existing)
		}
		return openUserspace(name, mtu, log)
	case None:
		if Probe() == Kernel {
			if err := netlink.LinkAdd(wireguardLink(name)); err != nil {
				return nil, fmt.Errorf("create %s: %w", name, err)
			}
			return openKernel(name)
		}
		return openUserspace(name, mtu, log)
	default:
		return nil, fmt.Errorf("interface %s is not ours: kind %s", name, existing)
	}
}

// Reopen is the former link while its interface is there, renamed back if need be, else a new one;
// nil is no former one.
func Reopen(former *Link, name string, mtu int, log *slog.Logger) (*Link, error) {
	if former != nil && former.InPlace() {
		return former, nil
	}
	if err := takeBack(name); err != nil {
		return former, fmt.Errorf("%s was renamed: %w", name, err)
	}
	if former != nil {
		if former.InPlace() {
			return former, nil
		}
		_ = former.Close()
	}
	link, err := Open(name, mtu, log)
	if err != nil {
		return nil, err
	}
	if link.index, err = mark(name); err != nil {
		return nil, errors.Join(err, link.Close())
	}
	return link, nil
}

func openKernel(name string) (*Link, error) {
	backend, err := newKernelBackend(name)
	if err != nil {
		return nil, err
	}
	return &Link{name: name, kind: Kernel, backend: backend}, nil
}

func openUserspace(name string, mtu int, log *slog.Logger) (*Link, error) {
	tunnel, err := openTunnel(name, mtu, log)
	if err != nil {
		return nil, err
	}
	return Over(tunnel, name, log), nil
}

// openTunnel prefers a TUN; the cable is for users to whom its device file is closed.
func openTunnel(name string, mtu int, log *slog.Logger) (tun.Device, error) {
	if isCable(name) {
		return openPacket(name)
	}
	device, err := openTun(name, mtu)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		log.Warn("no TUN for this user, using a cable and a packet socket", "why", err.Error())
		return openPacket(name)
	}
	return device, err
}
