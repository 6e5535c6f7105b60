//go:build linux

package wg

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"
)

// ErrBusy says that another process holds the TUN: a second netd.
var ErrBusy = errors.New("another process holds the interface")

// openTun creates the TUN or attaches to the one that a former process left, and makes it persist:
// with its routes and rules in place a crash closes instead of leaking.
func openTun(name string, mtu int) (tun.Device, error) {
	descriptor, err := unix.Open(tunPath, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tunPath, err)
	}
	if err := attach(descriptor, name); err != nil {
		_ = unix.Close(descriptor)
		return nil, err
	}
	// From here on the file owns the descriptor.
	device, err := tun.CreateTUNFromFile(os.NewFile(uintptr(descriptor), tunPath), mtu)
	if err != nil {
		return nil, fmt.Errorf("tun %s: %w", name, err)
	}
	return newBatchedTun(device)
}

func attach(descriptor int, name string) error {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return fmt.Errorf("tun name %s: %w", name, err)
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(descriptor, unix.TUNSETIFF, request); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("tun %s: %w", name, ErrBusy)
		}
		return fmt.Errorf("tun %s: %w", name, err)
	}
	if err := unix.IoctlSetInt(descriptor, unix.TUNSETPERSIST, 1); err != nil {
		return fmt.Errorf("tun %s: persist: %w", name, err)
	}
	// Before the file is made: Go's poller takes non-blocking descriptors only.
	if err := unix.SetNonblock(descriptor, true); err != nil {
		return fmt.Errorf("tun %s: %w", name, err)
	}
	return nil
}
