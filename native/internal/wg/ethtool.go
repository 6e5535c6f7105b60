//go:build linux

package wg

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Commands of linux/ethtool.h that set one feature.
const (
	ethtoolTxChecksum = 0x17
	ethtoolScatter    = 0x19
)

// ethtoolValue is struct ethtool_value; interfaceRequest is struct ifreq with a pointer in it.
type ethtoolValue struct{ command, data uint32 }

type interfaceRequest struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [16]byte
}

func switchOff(name string, command uint32) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("ethtool: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	value := &ethtoolValue{command: command}
	request := &interfaceRequest{data: unsafe.Pointer(value)}
	copy(request.name[:unix.IFNAMSIZ-1], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(socket), unix.SIOCETHTOOL,
		uintptr(unsafe.Pointer(request)))
	runtime.KeepAlive(value)
	if errno != 0 {
		return fmt.Errorf("ethtool %#x of %s: %w", command, name, errno)
	}
	return nil
}
