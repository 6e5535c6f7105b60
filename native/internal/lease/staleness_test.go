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
