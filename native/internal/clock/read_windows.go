package clock

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tick is the unit of the interrupt clocks.
const tick = 100 * time.Nanosecond

// queryUnbiased stands still while the machine sleeps; the time since boot does not.
var queryUnbiased = windows.NewLazySystemDLL("kernel32.dll").NewProc("QueryUnbiasedInterruptTime")

// Read looks at the clocks.
func Read() Reading {
	var ticks uint64
	// It fails only for a pointer that is none.
	_, _, _ = queryUnbiased.Call(uintptr(unsafe.Pointer(&ticks)))
	return Reading{
		Monotonic: time.Duration(ticks) * tick,
		Boot:      windows.DurationSinceBoot(),
		Wall:      time.Duration(time.Now().UnixNano()),
	}
}
