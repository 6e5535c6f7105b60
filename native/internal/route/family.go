//go:build linux

package route

import (
	"os"
	"slices"
)

// HasIPv6 tells whether this kernel speaks IPv6 at all; without it there is nothing to close.
func HasIPv6() bool {
	_, err := os.Stat("/proc/net/if_inet6")
	return err == nil
}

// possible leaves out what a kernel without IPv6 would refuse.
func possible[T any](wanted []T, is6 func(T) bool) []T {
	if HasIPv6() {
		return wanted
	}
	return slices.DeleteFunc(slices.Clone(wanted), is6)
}
