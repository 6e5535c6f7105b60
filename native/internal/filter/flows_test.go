//go:build linux

package filter

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"
)

func TestAnAddressWaitsUntilTheFlowsOfItsFormerHolderAreGone(t *testing.T) {
	address := netip.MustParseAddr("100.96.1.2")
	again := []netip.Prefix{netip.PrefixFrom(address, 32)}
	sweep := &flowSweep{sweeping: map[netip.Addr]bool{address: true}, ended: make(chan struct{})}
	began := time.Now()
	sweep.settle(again)
	if waited := time.Since(began); waited < maxSweep {
		t.Errorf("given away after %s while its flows were swept", waited)
	}
	if len(sweep.sweeping) != 0 {
		t.Error("whoever comes next waits for the same walk again")
	}
	sweep.note(again)
	settled := make(chan struct{})
	go func() {
		sweep.settle(again)
		close(settled)
	}()
	if next := sweep.take(); len(next) != 0 {
		t.Fatalf("still to sweep: %v", next)
	}
	<-settled
	if sweep.settle(again); len(sweep.sweeping) != 0 {
		t.Error("the sweep has no end")
	}
}

func TestAWalkThatNobodyWaitsForAnyMoreIsStillTheOnlyOne(t *testing.T) {
	ended := make(chan struct{})
	sweep := &flowSweep{sweeping: map[netip.Addr]bool{}, ended: ended}
	sweep.forget([]netip.Prefix{netip.MustParsePrefix("100.96.1.2/32")}, slog.Default())
	if sweep.ended != ended || len(sweep.pending) != 1 || len(sweep.sweeping) != 1 {
		t.Error("a second walk began beside the first; both would end the same channel")
	}
}
