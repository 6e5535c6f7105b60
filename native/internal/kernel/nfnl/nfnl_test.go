//go:build linux

package nfnl_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/nstest"
)

var socket = &nfnl.Socket{}

const table = `table inet probe {
  comment "text of ours"
  set live { type ipv4_addr; flags timeout; }
  set fixed { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }
  counter hits { }
  chain c { type filter hook input priority 0; ip saddr @live counter name hits accept; }
}
`

func load(t *testing.T) {
	t.Helper()
	if _, err := nft.Path(); err != nil {
		nstest.Unavailable(t, err.Error())
	}
	if err := nft.Load(t.Context(), table); err != nil {
		t.Fatal(err)
	}
}

func element(text string, timeout time.Duration) nfnl.Element {
	return nfnl.Element{Key: netip.MustParseAddr(text).AsSlice(), Timeout: timeout}
}

func held(t *testing.T) []nfnl.Held {
	t.Helper()
	list, err := socket.Elements("probe", "live")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func commit(t *testing.T, fill func(*nfnl.Batch)) {
	t.Helper()
	batch := nfnl.NewBatch("probe")
	fill(batch)
	if err := batch.Commit(socket); err != nil {
		t.Fatal(err)
	}
}

func TestElementsAreWrittenIdempotently(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	a, b := element("100.96.1.2", time.Minute), element("100.96.1.3", time.Hour)
	for range 2 {
		commit(t, func(batch *nfnl.Batch) { batch.Put("live", []nfnl.Element{a, b}) })
	}
	if list := held(t); len(list) != 2 {
		t.Fatalf("held: %v", list)
	}
	a.Timeout = time.Hour
	commit(t, func(batch *nfnl.Batch) { batch.Put("live", []nfnl.Element{a}) })
	for _, item := range held(t) {
		if item.Expires < 50*time.Minute {
			t.Errorf("%v expires in %v: the renewal did not refresh it", item.Key, item.Expires)
		}
	}
	for range 2 {
		commit(t, func(batch *nfnl.Batch) { batch.Take("live", []nfnl.Element{a, b}) })
	}
	if list := held(t); len(list) != 0 {
		t.Errorf("held after take: %v", list)
	}
}

func TestABatchSurvivesAnExpiredElement(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	a, b := element("100.96.1.2", time.Millisecond), element("100.96.1.3", time.Hour)
	commit(t, func(batch *nfnl.Batch) { batch.Put("live", []nfnl.Element{a, b}) })
	deadline := time.Now().Add(nstest.Slowness * 10 * time.Second)
	for len(held(t)) > 1 {
		if time.Now().After(deadline) {
			t.Fatal("an element of a millisecond is still held")
		}
		time.Sleep(time.Millisecond)
	}
	commit(t, func(batch *nfnl.Batch) { batch.Take("live", []nfnl.Element{a, b}) })
	if list := held(t); len(list) != 0 {
		t.Errorf("held after take: %v", list)
	}
}

func TestABatchIsAllOrNothing(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	batch := nfnl.NewBatch("probe")
	batch.Put("live", []nfnl.Element{element("100.96.1.2", time.Hour)})
	batch.Put("absent", []nfnl.Element{element("100.96.1.2", time.Hour)})
	if err := batch.Commit(socket); !errors.Is(err, nfnl.ErrMissing) {
		t.Errorf("commit with an absent set: %v", err)
	}
	if list := held(t); len(list) != 0 {
		t.Errorf("half of a refused batch happened: %v", list)
	}
}

func TestManyElementsFitOneTransaction(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	many := []nfnl.Element{}
	address := netip.MustParseAddr("100.64.0.0")
	for range nfnl.MaxElements {
		many = append(many, nfnl.Element{Key: address.AsSlice(), Timeout: time.Hour})
		address = address.Next()
	}
	commit(t, func(batch *nfnl.Batch) { batch.Put("live", many) })
	if list := held(t); len(list) != nfnl.MaxElements {
		t.Errorf("held %d of %d", len(list), nfnl.MaxElements)
	}
	commit(t, func(batch *nfnl.Batch) { batch.Flush("live") })
	if list := held(t); len(list) != 0 {
		t.Errorf("held after flush: %d", len(list))
	}
}

func TestReadings(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	text, found, err := socket.TableComment("probe")
	if text != "text of ours" || !found || err != nil {
		t.Errorf("comment = %q, %v, %v", text, found, err)
	}
	if _, found, err := socket.TableComment("absent"); found || err != nil {
		t.Errorf("absent table: %v, %v", found, err)
	}
	if counters, err := socket.Counters("probe"); err != nil || len(counters) != 1 {
		t.Errorf("counters = %v, %v", counters, err)
	}
}

func TestFingerprintChangesWithRulesAndStaticElementsOnly(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	load(t)
	print := func() [32]byte {
		t.Helper()
		value, err := socket.Fingerprint(unix.NFPROTO_INET, "probe", []string{"fixed"})
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	first := print()
	commit(t, func(batch *nfnl.Batch) {
		batch.Put("live", []nfnl.Element{element("100.96.1.2", time.Hour)})
	})
	if print() != first {
		t.Error("a changing set changes the fingerprint")
	}
	nstest.Run(t, "nft", "add", "element", "inet", "probe", "fixed", "{ 192.0.2.0/24 }")
	second := print()
	if second == first {
		t.Error("an element of a static set does not change the fingerprint")
	}
	nstest.Run(t, "nft", "insert", "rule", "inet", "probe", "c", "accept")
	if print() == second {
		t.Error("a rule does not change the fingerprint")
	}
	nstest.Run(t, "nft", "flush", "ruleset")
	if _, err := socket.Fingerprint(unix.NFPROTO_INET, "probe", nil); !errors.Is(err, nfnl.ErrMissing) {
		t.Errorf("without the table: %v", err)
	}
}
