//go:build unix

package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Read looks at the clocks.
func Read() Reading {
	return Reading{
		Monotonic: read(monotonicClock),
		Boot:      read(bootClock),
		Wall:      read(unix.CLOCK_REALTIME),
	}
}

func read(id int32) time.Duration {
	var now unix.Timespec
	// Every system that we run on has the three clocks; the call cannot fail for them.
	if err := unix.ClockGettime(id, &now); err != nil {
		panic(err)
	}
	return time.Duration(now.Nano())
}
