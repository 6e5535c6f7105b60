// Package sandbox takes everything from this process that answering questions does not need: all
// capabilities, new privileges, files, programs, and every socket but those of IP.
package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

const mostFiles = 2048

// Reexec drops every capability and starts the program at path anew in this process. It returns
// only on failure. Capabilities belong to threads: only a new start drops them for all at once, and
// "no new privileges" keeps the start from giving them back to root.
func Reexec(path string, arguments []string) error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	// Absent before Linux 4.3, where there is nothing to clear.
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return fmt.Errorf("start anew: %w", unix.Exec(path, arguments, []string{}))
}

// Enter closes the rest. It fails when a capability is left or when the kernel cannot filter.
func Enter() error {
	if err := refuseCapabilities(); err != nil {
		return err
	}
	for _, limit := range []struct {
		what  int
		value uint64
	}{{unix.RLIMIT_CORE, 0}, {unix.RLIMIT_NOFILE, mostFiles}} {
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
	return filter()
}

func refuseCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var held [2]unix.CapUserData
	if err := unix.Capget(&header, &held[0]); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	if held[0].Permitted|held[1].Permitted|held[0].Effective|held[1].Effective != 0 {
		return fmt.Errorf("capabilities are left: %#x %#x", held[0].Permitted, held[1].Permitted)
	}
	return nil
}

// filter puts the list of allowed system calls on every thread.
func filter() error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	rules := program()
	if rules == nil {
		return nil
	}
	code := unix.SockFprog{Len: uint16(len(rules)), Filter: &rules[0]}
	failed, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&code)))
	if errno != 0 {
		return fmt.Errorf("system call filter: %w", errno)
	}
	if failed != 0 {
		return fmt.Errorf("system call filter: thread %d refuses it", failed)
	}
	if _, err := os.Open("/"); err == nil {
		return fmt.Errorf("system call filter: files are still open to us")
	}
	return nil
}
