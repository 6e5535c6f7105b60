// Package learned says how long addresses stay open that names led to. A route on the device and an
// atom on the gateway follow the same times, so that neither outlives the other by much.
package learned

import "time"

const (
	// Stay is how long an address stays open at least after its name was asked for.
	Stay = 5 * time.Minute
	// lookBefore is how long before the end somebody looks whether flows still run.
	lookBefore = time.Minute
)

// Until is when an address ends whose name was told now, for a time to live.
func Until(now, timeToLive time.Duration) time.Duration { return now + max(timeToLive, Stay) }

// Ending tells whether an end is so near that flows decide about it.
func Ending(end, now time.Duration) bool { return end-now < lookBefore }
