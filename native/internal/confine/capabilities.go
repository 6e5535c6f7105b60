//go:build linux

package confine

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// dropBounding takes all capabilities but these, one bit each, out of what the process could gain.
func dropBounding(kept uint64) error {
	for capability := range uintptr(64) {
		if kept&(1<<capability) != 0 {
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
	return nil
}

// keepCapabilities keeps these at most, of those that the thread has.
func keepCapabilities(kept uint64) error {
	held, header, err := capabilities()
	if err != nil {
		return err
	}
	for half := range held {
		held[half].Permitted &= uint32(kept >> (32 * half))
		held[half].Effective = held[half].Permitted
		held[half].Inheritable = 0
	}
	if err := unix.Capset(&header, &held[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	return nil
}

func refuseCapabilities() error {
	held, _, err := capabilities()
	if err != nil {
		return err
	}
	if held[0].Permitted|held[1].Permitted|held[0].Effective|held[1].Effective != 0 {
		return fmt.Errorf("capabilities are left: %#x %#x", held[0].Permitted, held[1].Permitted)
	}
	return nil
}

func capabilities() ([2]unix.CapUserData, unix.CapUserHeader, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	held := [2]unix.CapUserData{}
	if err := unix.Capget(&header, &held[0]); err != nil {
		return held, header, fmt.Errorf("capabilities: %w", err)
	}
	return held, header, nil
}

// refusePrivileges keeps the thread, and what it executes, from gaining any by executing a program.
func refusePrivileges() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	return nil
}
