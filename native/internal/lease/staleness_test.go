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
