package lease_test

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/lease"
)

func TestToleranceCountsOnlyWhileCutOff(t *testing.T) {
	cases := map[string]struct {
		cutOff bool
		now    float64
		want   time.Duration
	}{
		"link works":                  {false, 130, 0},
		"too early":                   {true, 69, 0},
		"more than half a lease left": {true, 129, 0},
		"half a lease left":           {true, 131, 120 * second},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			book := lease.NewBook()
			mustAdd(t, book, at(0), grant(1, "a", 0))
			mustRenew(t, book, 70, "a") // lives until 190
			change := book.Tick(test.cutOff, at(test.now))
			live := time.Duration(0)
			if len(change.Renew) > 0 {
				live = change.Renew[0].Live
			}
			if live != test.want {
				t.Fatalf("re-armed for %v, want %v", live, test.want)
			}
		})
	}
}

// runCutOff lets time pass in steps of a second without a controller and answers when the grant
// fell silent.
func runCutOff(book *lease.Book, from, to int) int {
	for now := from; now < to; now++ {
		book.Tick(true, at(float64(now)))
		if liveOf(book, at(float64(now)))["a"] == 0 {
			return now
		}
	}
	return to
}

func TestToleranceEndsWhereItWasSigned(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	mustRenew(t, book, 70, "a")
	if end := runCutOff(book, 71, 2000); end != 70+900 {
		t.Fatalf("lived until %d", end)
	}
	if change := book.Tick(true, at(2000)); len(change.Renew) != 0 {
		t.Fatal("a silent grant was woken")
	}
}

func TestToleranceNeverOutlivesTheGrant(t *testing.T) {
	book := lease.NewBook()
	short := grant(1, "a", 0)
	short.Grant.ExpiresAt = short.Grant.IssuedAt + 400
	mustAdd(t, book, at(0), short)
	mustRenew(t, book, 70, "a")
	if end := runCutOff(book, 71, 2000); end != 400 {
		t.Fatalf("lived until %d", end)
	}
}

func TestSensitiveGrantHasNoTolerance(t *testing.T) {
	book := lease.NewBook()
	sensitive := grant(1, "a", 0)
	sensitive.Grant.ToleranceSeconds = 0
	mustAdd(t, book, at(0), sensitive)
	mustRenew(t, book, 70, "a")
	if end := runCutOff(book, 71, 2000); end != 190 {
		t.Fatalf("lived until %d", end)
	}
}

func TestDeviceThatTheControllerLetGoHasNoTolerance(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0), grant(2, "b", 0))
	mustRenew(t, book, 60, "a", "b") // both live until 180
	for issued := 70.0; issued < 140; issued += 10 {
		mustRenew(t, book, issued, "b") // the controller stopped naming a
	}
	if end := runCutOff(book, 140, 2000); end != 180 {
		t.Fatalf("lived until %d", end)
	}
}

func TestNothingIsRearmedBeforeTheFirstList(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	if end := runCutOff(book, 1, 2000); end != 120 {
		t.Fatalf("lived until %d", end)
	}
	// Soon after a boot the time since the list that never came is within any tolerance.
	booted := func(now time.Duration) lease.Moment {
		return lease.Moment{Controller: start + now*second, Monotonic: now * second}
	}
	book = lease.NewBook()
	mustAdd(t, book, booted(1), grant(1, "a", 0))
	for now := time.Duration(2); now < 900; now++ {
		if change := book.Tick(true, booted(now)); len(change.Renew) != 0 {
			t.Fatalf("re-armed %d s after the boot", now)
		}
	}
}

func TestSilencedGrantsAreNotRearmed(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	mustRenew(t, book, 70, "a")
	book.Silence(false)
	for now := 71; now < 1000; now++ {
		if change := book.Tick(true, at(float64(now))); len(change.Renew) != 0 {
			t.Fatalf("woken after %d s", now)
		}
	}
}

func TestToleranceEndsWithTheStalenessOfTheGateway(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	mustRenew(t, book, 70, "a")
	book.LimitStaleness(300 * second)
	if end := runCutOff(book, 71, 2000); end != 70+300 {
		t.Fatalf("lived until %d", end)
	}
}

// Every 10 s a list names who is past half of the own lease; one that names nobody says 120 s.
func TestToleranceIsThatOfEachGrantWhateverItsLease(t *testing.T) {
	for _, leaseSeconds := range []int64{30, 45, 60, 110, 120, 150, 300, 900} {
		for lost := 1000; lost < 1000+int(leaseSeconds); lost += 10 {
			book := lease.NewBook()
			one := grant(1, "a", 0)
			one.Grant.LeaseSeconds = leaseSeconds
			one.Grant.ExpiresAt += 40000
			mustAdd(t, book, at(0), one)
			for now, leasedAt := 10, 0; now <= lost; now += 10 {
				told := list(float64(now))
				if now-leasedAt >= int(leaseSeconds)/2 {
					leasedAt = now
					told = list(float64(now), "a")
					told.ForSeconds = leaseSeconds
				}
				if _, _, err := book.Renew(told, at(float64(now))); err != nil {
					t.Fatal(err)
				}
			}
			if end := runCutOff(book, lost+1, lost+2000); end != lost+900 {
				t.Fatalf("lease %d: lived %d s after %d", leaseSeconds, end-lost, lost)
			}
		}
	}
}

func TestAnAddressHasOneDevice(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	other := grant(2, "b", 1)
	other.Grant.Addresses = grant(1, "a", 0).Grant.Addresses
	_, rejections := book.Apply([]lease.Candidate{other}, nil, at(1))
	if len(rejections) != 1 || rejections[0].Fault.Detail != "the address is another device's" {
		t.Fatalf("%+v", rejections)
	}
	if subject, _ := book.Holder(other.Grant.Addresses[0].Addr()); subject != "device 1" {
		t.Fatal(subject)
	}
}

func TestAfterANarrowingOnlyAListMakesGrantsLiveAgain(t *testing.T) {
	book := lease.NewBook()
	mustAdd(t, book, at(0), grant(1, "a", 0))
	book.Silence(true)
	mustAdd(t, book, at(1), grant(2, "b", 1))
	if live := liveOf(book, at(2)); live["a"] != 0 || live["b"] != 0 {
		t.Fatalf("%v", live)
	}
	mustRenew(t, book, 3, "a")
	mustAdd(t, book, at(4), grant(3, "c", 4))
	if live := liveOf(book, at(5)); live["a"] == 0 || live["c"] == 0 {
		t.Fatalf("%v", live)
	}
}
