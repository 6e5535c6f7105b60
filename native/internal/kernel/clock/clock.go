//go:build linux

// Package clock reads the clocks of the kernel. Nothing here waits.
package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Reading is one look at three clocks: Boot goes on during suspend, Monotonic does not, Real jumps
// when somebody sets it.
type Reading struct {
	Monotonic, Boot, Real time.Duration
}

// Read looks at all three clocks within a few microseconds.
func Read() Reading {
	return Reading{
		Monotonic: read(unix.CLOCK_MONOTONIC),
		Boot:      read(unix.CLOCK_BOOTTIME),
		Real:      read(unix.CLOCK_REALTIME),
	}
}

// Monotonic is the time since boot without suspend, the clock of nft timeouts.
func Monotonic() time.Duration { return read(unix.CLOCK_MONOTONIC) }

// MonotonicMs is Monotonic as it travels in answers and events.
func MonotonicMs() float64 { return float64(Monotonic().Microseconds()) / 1000 }

// JumpedSince tells by how much the clocks ran apart between two readings: suspend, a paused
// virtual machine or a set clock.
func (r Reading) JumpedSince(former Reading) time.Duration {
	passed := r.Monotonic - former.Monotonic
	return max((r.Boot - former.Boot - passed).Abs(), (r.Real - former.Real - passed).Abs())
}

func read(id int32) time.Duration {
	var spec unix.Timespec
	if err := unix.ClockGettime(id, &spec); err != nil {
		// These three exist since Linux 2.6.39; without a clock nothing may be opened.
		panic(err)
	}
	return time.Duration(spec.Nano())
}
