//go:build linux

// Package confine gives up at the start of a process, and for good, what its work does not need.
// netd keeps a few capabilities and loses the system calls with which whoever took it would go on;
// the programs it starts inherit that. Its resolver child keeps no capability, and of the system
// calls those alone that answering questions takes.
//
//	Daemon:        capabilities, no_new_privs, deny  --> execute itself --> confined
//	StartResolver: no_new_privs, no capability       --> execute itself --> Resolver: limits, allow
package confine

import (
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// marker holds the process id, which survives executing itself and which no other process has.
const marker = "SALLYPORT_CONFINED"

// Daemon confines the calling process as netd. The first time it does not return but executes the
// program anew: that is how every thread comes to have the same rights.
func Daemon() error {
	own := strconv.Itoa(os.Getpid())
	if os.Getenv(marker) == own {
		return os.Unsetenv(marker)
	}
	if err := os.Setenv(marker, own); err != nil {
		return err
	}
	// Capabilities belong to a thread; this one becomes the whole process.
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
			1<<unix.CAP_FOWNER |
			// iptables-legacy-save asks for legacy tables over a raw socket and no other.
			1<<unix.CAP_NET_RAW,
		families: []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK},
	}
	// Where the TUN is closed to this user, a packet socket stands in for it.
	if unix.Access("/dev/net/tun", unix.R_OK|unix.W_OK) != nil {
		kept.families = append(kept.families, unix.AF_PACKET)
	}
	return kept
}

func restrict(kept rights) error {
	if err := dropBounding(kept.capabilities); err != nil {
		return err
	}
	if os.Geteuid() == 0 {
		if err := keepCapabilities(kept.capabilities); err != nil {
			return err
		}
	}
	if err := refusePrivileges(); err != nil {
		return err
	}
	return install(deny(kept.families))
}
