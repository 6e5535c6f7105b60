// Package confine gives up at the start of the process, and for good, what netd never needs: all
// capabilities but a few, the right to gain any by executing a program, and the system calls with
// which whoever took the process would go on. Programs that netd starts inherit all of it.
//
//	start --> thread: capabilities, no_new_privs, filter --> execute itself --> confined
package confine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// marker holds the process id, which survives executing itself and which no other process has.
const marker = "SALLYPORT_CONFINED"

// Process confines the calling process. The first time it does not return but executes the program
// anew: that is how every thread comes to have the same rights.
func Process() error {
	own := strconv.Itoa(os.Getpid())
	if os.Getenv(marker) == own {
		return os.Unsetenv(marker)
	}
	if err := os.Setenv(marker, own); err != nil {
		return err
	}
	// Capabilities and filter belong to a thread; this one becomes the whole process.
	runtime.LockOSThread()
	if err := restrict(needed()); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	return fmt.Errorf("confine: %w", unix.Exec("/proc/self/exe", os.Args, os.Environ()))
}

// rights is what stays.
type rights struct {
	capabilities uint64 // one bit each
	families     []uint32
}

func needed() rights {
	kept := rights{
		capabilities: 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_CHOWN |
			1<<unix.CAP_FOWNER,
		families: []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK},
	}
	// Where the TUN is closed to this user, a packet socket stands in for it.
	if unix.Access("/dev/net/tun", unix.R_OK|unix.W_OK) != nil {
		kept.capabilities |= 1 << unix.CAP_NET_RAW
		kept.families = append(kept.families, unix.AF_PACKET)
	}
	return kept
}

func restrict(kept rights) error {
	for capability := range uintptr(64) {
		if kept.capabilities&(1<<capability) != 0 {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		// Beyond the last one: all done. Without the right to drop them, what follows must do.
		if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
			break
		}
		if err != nil {
			return fmt.Errorf("bounding set: %w", err)
		}
	}
	if os.Geteuid() == 0 {
		if err := setCapabilities(kept.capabilities); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	return install(filter(kept.families))
}

// setCapabilities keeps these at most, of those that the process has.
func setCapabilities(kept uint64) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := [2]unix.CapUserData{}
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	for half := range data {
		mask := uint32(kept >> (32 * half))
		data[half].Permitted &= mask
		data[half].Effective = data[half].Permitted
		data[half].Inheritable = 0
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}
