// Package clock tells the controller's time without believing anybody unsigned: it is never before
// what the controller last signed (carried on by a clock that also counts suspend), and never far
// behind this machine's wall clock. So whoever withholds objects cannot make them last longer.
package clock

import "time"

const (
	// wallSlack is how far this machine's wall clock may run ahead of the controller's unnoticed.
	wallSlack = 30 * time.Second
	// JumpLimit is the step of one clock against the others that empties the live set.
	JumpLimit = 2 * time.Second
)

// Reading is one look at the three clocks of the machine.
type Reading struct {
	Monotonic time.Duration // stands still while suspended; nft timeouts run on it
	Boot      time.Duration // counts suspend too
	Wall      time.Duration // since the epoch; anybody with CAP_SYS_TIME may set it
}

// MonotonicMs is the reading as Node's process.hrtime gives it, in milliseconds.
func (r Reading) MonotonicMs() float64 { return float64(r.Monotonic) / float64(time.Millisecond) }

// Anchor is a lower bound of the controller's time, in the form: it was Controller at Boot.
type Anchor struct {
	controller time.Duration
	boot       time.Duration
}

// Witness learns from the `iat` of a verified object; it answers how far the time moved forward.
func (a *Anchor) Witness(issuedAt time.Duration, now Reading) time.Duration {
	before := a.Now(now)
	if issuedAt <= before {
		return 0
	}
	a.controller, a.boot = issuedAt, now.Boot
	return issuedAt - before
}

// Now is the controller's time since the epoch, at least.
func (a *Anchor) Now(now Reading) time.Duration {
	return max(a.controller+now.Boot-a.boot, now.Wall-wallSlack)
}

// Jumped tells whether the clocks drifted apart by more than JumpLimit between two readings.
func Jumped(before, after Reading) bool {
	suspended := (after.Boot - before.Boot) - (after.Monotonic - before.Monotonic)
	stepped := (after.Wall - before.Wall) - (after.Boot - before.Boot)
	return suspended.Abs() > JumpLimit || stepped.Abs() > JumpLimit
}
