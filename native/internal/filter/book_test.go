//go:build linux

package filter

import (
	"maps"
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

var (
	laptop = netip.MustParseAddr("100.96.1.2")
	other  = netip.MustParseAddr("100.96.1.3")
)

func newTestBook() *book {
	b := newBook()
	b.ids = map[string]atom.ID{"res_a": 1, "res_b": 2}
	return b
}

func grantOf(jti string, address netip.Addr, key byte, resources ...string) object.Grant {
	grant := object.Grant{
		JTI: jti, PublicKey: object.Key{key},
		Addresses: []netip.Prefix{netip.PrefixFrom(address, address.BitLen())},
	}
	for _, resource := range resources {
		grant.Access = append(grant.Access, object.Access{Resource: resource})
	}
	return grant
}

func upsertOf(grant object.Grant, live time.Duration) ports.GrantUpsert {
	ends := map[string]time.Duration{}
	for _, access := range grant.Access {
		ends[access.Resource] = time.Hour
	}
	return ports.GrantUpsert{Grant: grant, Live: live, Ends: ends}
}

func one(item ports.GrantUpsert) ports.Change {
	return ports.Change{Upsert: []ports.GrantUpsert{item}}
}

func expectPermits(t *testing.T, what string, got map[permit]time.Duration, want ...permit) {
	t.Helper()
	wanted := map[permit]bool{}
	for _, key := range want {
		wanted[key] = true
	}
	same := len(got) == len(wanted)
	for key := range got {
		same = same && wanted[key]
	}
	if !same {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestNarrowingIsAReplacement(t *testing.T) {
	b := newTestBook()
	wide := grantOf("one", laptop, 1, "res_a", "res_b")
	b.apply(one(upsertOf(wide, time.Minute)), 0)
	narrow := upsertOf(grantOf("two", laptop, 1, "res_a"), 0)
	narrow.Former, narrow.KeepLive = &wide, true
	w := b.apply(one(narrow), time.Second)
	expectPermits(t, "taken", w.take.permits, permit{laptop, 2})
	expectPermits(t, "put", w.put.permits, permit{laptop, 1})
	if len(w.take.live)+len(w.put.live) != 0 || w.moved {
		t.Errorf("the lease was touched: %+v", w)
	}
	held := b.elements(2*time.Second, noElements(), false)
	if held.live[laptop] != 58*time.Second {
		t.Errorf("the lease has %v left, want 58 s", held.live[laptop])
	}
	if _, known := b.entries["one"]; known {
		t.Error("the former grant is still in the book")
	}
}

func TestAnAddressBelongsToTheGrantThatCameLast(t *testing.T) {
	b := newTestBook()
	first := grantOf("one", laptop, 1, "res_a")
	b.apply(one(upsertOf(first, time.Minute)), 0)
	second := upsertOf(grantOf("two", laptop, 2, "res_b"), time.Minute)
	w := b.apply(one(second), 0)
	if !w.moved || !w.keys[object.Key{1}] || !w.keys[object.Key{2}] {
		t.Errorf("both peers are concerned and the address moves: %+v", w)
	}
	expectPermits(t, "taken from the first", w.take.permits, permit{laptop, 1})

	w = b.apply(ports.Change{Remove: []ports.GrantState{{Grant: first}}}, 0)
	if len(w.take.live)+len(w.take.permits) != 0 {
		t.Errorf("removing the displaced grant touches the newer one: %+v", w.take)
	}
	if b.owners[laptop] != "two" {
		t.Errorf("the address belongs to %q", b.owners[laptop])
	}
}

func TestKeepLiveNeverKeepsTheLeaseOfAnotherGrant(t *testing.T) {
	b := newTestBook()
	b.apply(one(upsertOf(grantOf("one", laptop, 1, "res_a"), time.Minute)), 0)
	item := upsertOf(grantOf("two", laptop, 2, "res_b"), 0)
	item.KeepLive = true
	w := b.apply(one(item), 0)
	if _, taken := w.take.live[laptop]; !taken {
		t.Error("the new grant inherits a lease that was not its own")
	}
}

func TestRemovingAnUnknownGrantNamesItsElements(t *testing.T) {
	b := newTestBook()
	grant := grantOf("of a former process", laptop, 1, "res_a", "res_gone")
	w := b.apply(ports.Change{Remove: []ports.GrantState{{Grant: grant}}}, 0)
	expectPermits(t, "taken", w.take.permits, permit{laptop, 1})
	if _, taken := w.take.live[laptop]; !taken {
		t.Error("its lease stays")
	}
}

func TestReplaceEndsWhatItDoesNotName(t *testing.T) {
	b := newTestBook()
	b.apply(one(upsertOf(grantOf("one", laptop, 1, "res_a"), time.Minute)), 0)
	b.apply(one(upsertOf(grantOf("two", other, 2, "res_a"), time.Minute)), 0)
	change := one(upsertOf(grantOf("two", other, 2, "res_a"), time.Minute))
	change.Replace = true
	w := b.apply(change, 0)
	expectPermits(t, "taken", w.take.permits, permit{laptop, 1})
	if len(b.entries) != 1 || len(b.keys()) != 1 {
		t.Errorf("left in the book: %v", b.jtis())
	}
}

func TestElementsHoldWhatHasTimeLeft(t *testing.T) {
	b := newTestBook()
	item := upsertOf(grantOf("one", laptop, 1, "res_a", "res_b"), time.Minute)
	item.Ends["res_b"] = time.Second
	b.apply(one(item), 0)
	held := b.elements(2*time.Second, noElements(), false)
	expectPermits(t, "held", held.permits, permit{laptop, 1})
	b.emptyLive()
	if held := b.elements(2*time.Second, noElements(), false); len(held.live) != 0 {
		t.Errorf("after emptyLive still live: %v", held.live)
	}
}

func TestAdoptionOnlyWhenAsked(t *testing.T) {
	b := newTestBook()
	kernel := noElements()
	kernel.live[laptop], kernel.permits[permit{laptop, 1}] = time.Minute, time.Hour
	if held := b.elements(0, kernel, false); len(held.live)+len(held.permits) != 0 {
		t.Errorf("what was ended comes back: %+v", held)
	}
	held := b.elements(0, kernel, true)
	if !maps.Equal(held.live, kernel.live) || !maps.Equal(held.permits, kernel.permits) {
		t.Errorf("a former process's elements are lost: %+v", held)
	}
}

func TestRenewalOfADisplacedGrantDoesNothing(t *testing.T) {
	b := newTestBook()
	first := grantOf("one", laptop, 1, "res_a")
	b.apply(one(upsertOf(first, time.Minute)), 0)
	b.apply(one(upsertOf(grantOf("two", laptop, 2, "res_b"), time.Second)), 0)
	w := b.apply(ports.Change{Renew: []ports.Renewal{{Grant: first, Live: time.Hour}}}, 0)
	if len(w.put.live) != 0 {
		t.Errorf("the lease of the displaced grant opens the address: %v", w.put.live)
	}
}
