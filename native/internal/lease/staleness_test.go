package lease_test

import (
	"testing"

	"sallyport.dev/netd/internal/lease"
)

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
