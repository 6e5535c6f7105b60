package daemon

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/lease"
)

// liveFor is how long the first grant of the book still opens.
func liveFor(r *rig) time.Duration {
	r.core.mutex.Lock()
	defer r.core.mutex.Unlock()
	held := r.core.book.Held(r.core.moment(r.clock.read()))
	if len(held) == 0 {
		return 0
	}
	return held[0].Live
}

// pass lets time go by second by second, as the daemon's own ticker would.
func pass(t *testing.T, r *rig, seconds int) {
	t.Helper()
	for range seconds {
		r.clock.advance(time.Second)
		r.core.tick(t.Context())
	}
}

// replay shows a grant again by every verb that takes one.
func replay(c *fakeagent.Agent, token, jti string, expires int64) {
	c.Send("grants", grantsOf([]string{token}, nil))
	hash := lease.Hash([]lease.Named{{JTI: jti, ExpiresAt: expires}})
	c.Send("snapshot", claims{"epoch": "e9", "part": 1, "parts": 1, "hash": hash,
		"grants": []string{token}})
}

func TestAttackAStolenGatewayAgentReplaysARemovedGrantWithinItsFirstLease(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	token, expires := r.grant(1, "j1"), r.nowSeconds()+3600
	c.Do("grants", grantsOf([]string{token}, nil))
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	pass(t, r, 10)
	replay(c, token, "j1", expires)
	expectLive(t, r)
	if live := liveFor(r); live != 0 {
		t.Fatalf("a removed grant opens again for %v", live)
	}
}

func TestAttackAStolenGatewayAgentReplaysWhatASnapshotLeftOut(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	token, expires := r.grant(1, "j1"), r.nowSeconds()+3600
	c.Do("grants", grantsOf([]string{token}, nil))
	c.Do("snapshot", claims{"epoch": "e2", "part": 1, "parts": 1, "hash": lease.Hash(nil),
		"grants": []string{}})
	pass(t, r, 10)
	replay(c, token, "j1", expires)
	expectLive(t, r)
	if live := liveFor(r); live != 0 {
		t.Fatalf("what a snapshot left out opens again for %v", live)
	}
}

// A netd that started anew knows nothing of removals: a grant shown to it opens no longer than the
// first lease that it was signed with, whatever is said about the link.
func TestAttackAStolenGatewayAgentReplaysToANewNetd(t *testing.T) {
	r := newRig(t)
	r.gatewayUp()
	token, expires := r.grant(1, "j1"), r.nowSeconds()+3600
	r.stop()
	r.start()
	c := r.writer()
	c.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))})
	pass(t, r, 60)
	c.Do("link", claims{"up": false})
	replay(c, token, "j1", expires)
	if live := liveFor(r); live <= 0 || live > 60*time.Second {
		t.Fatalf("60 s after its issue the first lease of 120 s opens for %v", live)
	}
	pass(t, r, 61)
	replay(c, token, "j1", expires)
	if live := liveFor(r); live != 0 {
		t.Fatalf("after its first lease it still opens for %v", live)
	}
}

// With a lease list from before the restart it opens as long as that list says, and no tolerance.
func TestAttackAStolenGatewayAgentReplaysAListToANewNetd(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	token, expires := r.grant(1, "j1"), r.nowSeconds()+3600
	list := r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()), "j1"))
	c.Do("grants", grantsOf([]string{token}, nil))
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	pass(t, r, 10)
	r.stop()
	r.start()
	c = r.writer()
	c.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))})
	c.Do("link", claims{"up": false})
	replay(c, token, "j1", expires)
	c.Do("leases", claims{"jws": list})
	pass(t, r, 109)
	if liveFor(r) == 0 {
		t.Fatal("control: the list was refused")
	}
	pass(t, r, 2)
	if live := liveFor(r); live != 0 {
		t.Fatalf("beyond the list it still opens for %v", live)
	}
}

// Who holds back a removal and says that the link is down gets the tolerance that was signed, and
// not a second more.
func TestAttackAStolenGatewayAgentHoldsBackARemoval(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	c.Do("leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()),
		"j1"))})
	c.Do("link", claims{"up": false})
	pass(t, r, 890)
	if liveFor(r) == 0 {
		t.Fatal("the signed tolerance of 900 s is not kept")
	}
	pass(t, r, 11)
	if live := liveFor(r); live != 0 {
		t.Fatalf("beyond the tolerance it still opens for %v", live)
	}
}

// The tolerance counts from when the list was signed, not from when it was handed over.
func TestAttackAStolenGatewayAgentHoldsBackALeaseList(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	list := r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()), "j1"))
	c.Do("link", claims{"up": false})
	pass(t, r, 105)
	c.Do("leases", claims{"jws": list})
	pass(t, r, 785)
	if liveFor(r) == 0 {
		t.Fatal("control: the signed tolerance of 900 s is not kept")
	}
	pass(t, r, 11)
	if live := liveFor(r); live != 0 {
		t.Fatalf("beyond the tolerance it still opens for %v", live)
	}
}
