//go:build linux

// Package clock reads the clock that the kernel's timeouts run on. Nothing here waits.
package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Monotonic is the time since boot without suspend, the clock of nft timeouts.
func Monotonic() time.Duration {
	var spec unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &spec); err != nil {
		// Every Linux that runs us has it; without a clock nothing may be opened.
		panic(err)
	}
	return time.Duration(spec.Nano())
}

// MonotonicMs is Monotonic as it travels in answers and events.
func MonotonicMs() float64 { return float64(Monotonic().Microseconds()) / 1000 }
