package clock

import "golang.org/x/sys/unix"

const (
	monotonicClock = unix.CLOCK_UPTIME_RAW
	bootClock      = unix.CLOCK_MONOTONIC_RAW
)
