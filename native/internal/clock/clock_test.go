package clock_test

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/clock"
)

const day = 24 * time.Hour

func reading(step time.Duration) clock.Reading {
	return clock.Reading{Monotonic: time.Hour + step, Boot: time.Hour + step, Wall: 20_000*day + step}
}

func TestControllersTimeIsNeverBeforeWhatItSigned(t *testing.T) {
	var anchor clock.Anchor
	now := reading(0)
	ahead := now.Wall + 10*time.Minute // this machine's wall clock is behind
	if moved := anchor.Witness(ahead, now); moved != 10*time.Minute+30*time.Second {
		t.Fatalf("moved by %v", moved)
	}
	if got := anchor.Now(reading(5 * time.Second)); got != ahead+5*time.Second {
		t.Fatalf("%v after the signed time", got-ahead)
	}
	if moved := anchor.Witness(ahead, reading(5*time.Second)); moved != 0 {
		t.Fatalf("an older object moved the time by %v", moved)
	}
}

func TestTimeGoesOnWhileTheMachineSleeps(t *testing.T) {
	var anchor clock.Anchor
	anchor.Witness(reading(0).Wall, reading(0))
	slept := reading(0)
	slept.Boot += time.Hour // and somebody set the wall clock back
	slept.Wall -= time.Hour
	if got := anchor.Now(slept) - reading(0).Wall; got != time.Hour {
		t.Fatalf("only %v went by", got)
	}
}

func TestWithheldObjectsDoNotStopTheTime(t *testing.T) {
	var anchor clock.Anchor
	late := reading(time.Hour)
	anchor.Witness(reading(0).Wall, late)
	if got := late.Wall - anchor.Now(late); got != 30*time.Second {
		t.Fatalf("%v behind the wall clock", got)
	}
}

// moved is a reading after so much went by on each clock.
func moved(monotonic, boot, wall time.Duration) clock.Reading {
	base := reading(0)
	return clock.Reading{Monotonic: base.Monotonic + monotonic, Boot: base.Boot + boot,
		Wall: base.Wall + wall}
}

func TestJumpsAreSeenAndSlewsAreNot(t *testing.T) {
	const below, above = 1900 * time.Millisecond, 2100 * time.Millisecond
	cases := map[string]struct {
		after  clock.Reading
		jumped bool
	}{
		"time goes by":         {moved(time.Hour, time.Hour, time.Hour), false},
		"suspended 1.9 s":      {moved(0, below, below), false},
		"suspended 2.1 s":      {moved(0, above, above), true},
		"wall clock set ahead": {moved(0, 0, above), true},
		"wall clock set back":  {moved(0, 0, -above), true},
		"wall clock slewed":    {moved(time.Second, time.Second, 1001*time.Millisecond), false},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			if got := clock.Jumped(reading(0), test.after); got != test.jumped {
				t.Fatalf("jumped: %v", got)
			}
		})
	}
}

func TestReadLooksAtThreeRunningClocks(t *testing.T) {
	before, after := clock.Read(), clock.Read()
	if before.Monotonic <= 0 || before.Boot < before.Monotonic || before.Wall <= 0 ||
		after.Monotonic < before.Monotonic || before.MonotonicMs() != float64(before.Monotonic)/1e6 {
		t.Fatalf("%+v then %+v", before, after)
	}
}
