package clock

import "golang.org/x/sys/unix"

const (
	monotonicClock = unix.CLOCK_MONOTONIC
	bootClock      = unix.CLOCK_BOOTTIME
)
