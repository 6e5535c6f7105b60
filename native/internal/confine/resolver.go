//go:build linux

package confine

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const maxFiles = 2048

// StartResolver drops every capability and starts the program at path anew in this process. It
// returns only on failure. Capabilities belong to threads: only a new start drops them for all at
// once, and "no new privileges" keeps the start from giving them back to root.
func StartResolver(path string, arguments []string) error {
	runtime.LockOSThread()
	if err := refusePrivileges(); err != nil {
		return err
	}
	// Absent before Linux 4.3, where there is nothing to clear.
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if err := keepCapabilities(0); err != nil {
		return err
	}
	return fmt.Errorf("start anew: %w", unix.Exec(path, arguments, []string{}))
}

// Resolver takes the rest from this process: files, programs, and every socket but those of IP. It
// fails when a capability is left or when the kernel cannot filter.
func Resolver() error {
	if err := refuseCapabilities(); err != nil {
		return err
	}
	for _, limit := range []struct {
		what  int
		value uint64
	}{{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, maxFiles}} {
		var held unix.Rlimit
		if err := unix.Getrlimit(limit.what, &held); err != nil {
			return fmt.Errorf("limit: %w", err)
		}
		held.Cur, held.Max = min(held.Max, limit.value), min(held.Max, limit.value)
		if err := unix.Setrlimit(limit.what, &held); err != nil {
			return fmt.Errorf("limit: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("dumpable: %w", err)
	}
	if err := refusePrivileges(); err != nil {
		return err
	}
	if err := install(allow()); err != nil {
		return err
	}
	if _, err := os.Open("/"); err == nil {
		return errors.New("system call filter: files are still open to us")
	}
	return nil
}
