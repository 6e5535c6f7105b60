package daemon

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/object"
)

var firstDevice = []string{"100.96.1.1", "fd96:1:2::11"}

func expectLive(t *testing.T, r *rig, want ...string) {
	t.Helper()
	if got := r.gateway.LiveNow(); !reflect.DeepEqual(got, append([]string{}, want...)) {
		t.Fatalf("live: %v, want %v", got, want)
	}
}

func TestGrantOpensForItsFirstLeaseAndRemovalCloses(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	expectLive(t, r)
	done := c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	if done["kernelAtMs"].(float64) <= 0 {
		t.Fatalf("no time of the kernel: %v", done)
	}
	expectLive(t, r, firstDevice...)
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	expectLive(t, r)
	if held := r.gateway.Held(); len(held) != 0 {
		t.Fatalf("still held: %v", held)
	}
	c.Refuse("conflict", "grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	expectLive(t, r)
}

func TestRemovalThatOvertakesItsGrantStillCounts(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	c.Refuse("conflict", "grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	expectLive(t, r)
}

func TestBadGrantDoesNotHoldUpARemoval(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	forged := fakecontroller.New(t).SignGrant(fakecontroller.GrantFor(2, "j2", r.nowSeconds()))
	got := c.Refuse("bad_signature", "grants",
		grantsOf([]string{forged, r.grant(3, "j3")}, []string{"j1"}))
	rejected := got["rejected"].([]any)[0].(map[string]any)
	if rejected["index"] != 0.0 || rejected["jti"] != "j2" || got["kernelAtMs"] == nil {
		t.Fatalf("not said what was done: %v", got)
	}
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j3"}) {
		t.Fatalf("held: %v", held)
	}
}

func TestSameJtiWithOtherBytesIsRefused(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	token := r.grant(1, "j1")
	c.Do("grants", grantsOf([]string{token}, nil))
	c.Do("grants", grantsOf([]string{token}, nil)) // the same bytes are no news
	wider := fakecontroller.GrantFor(1, "j1", r.nowSeconds())
	wider["lease"] = 900
	c.Refuse("conflict", "grants", grantsOf([]string{r.c.SignGrant(wider)}, nil))
}

func TestHigherVersionReplacesAndLowerIsRefused(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	version := func(jti string, ver int) string {
		grant := fakecontroller.GrantFor(1, jti, r.nowSeconds())
		grant["ver"] = ver
		return r.c.SignGrant(grant)
	}
	c.Do("grants", grantsOf([]string{version("j5", 5)}, nil))
	c.Refuse("conflict", "grants", grantsOf([]string{version("j4", 4)}, nil))
	c.Do("grants", grantsOf([]string{version("j6", 6)}, nil))
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j6"}) {
		t.Fatalf("held: %v", held)
	}
	c.Refuse("conflict", "grants", grantsOf([]string{version("j5", 5)}, nil))
	c.Do("grants", grantsOf(nil, []string{"j6"}))
	c.Refuse("conflict", "grants", grantsOf([]string{version("j5", 5)}, nil))
}

func TestGrantForAForeignAddressIsRefused(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	for _, address := range []string{"10.0.0.1/32", "100.96.0.1/32", "fd50::1/128"} {
		grant := fakecontroller.GrantFor(1, "j1", r.nowSeconds())
		grant["wg"].(claims)["ips"] = []string{address}
		c.Refuse("ceiling", "grants", grantsOf([]string{r.c.SignGrant(grant)}, nil))
	}
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	thief := fakecontroller.GrantFor(2, "j2", r.nowSeconds())
	thief["wg"].(claims)["ips"] = []string{"100.96.1.1/32"}
	c.Refuse("conflict", "grants", grantsOf([]string{r.c.SignGrant(thief)}, nil))
}

func TestOldGrantOpensNothingWithoutALease(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	old := r.c.SignGrant(fakecontroller.GrantFor(1, "j1", r.nowSeconds()-600))
	c.Do("grants", grantsOf([]string{old}, nil))
	expectLive(t, r)
	c.Do("leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()),
		"j1"))})
	expectLive(t, r, firstDevice...)
}

func TestReplayedLeaseListIsRefused(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	now := float64(r.nowSeconds())
	list := r.c.SignLeases(fakecontroller.LeaseList(now+0.5, "j1"))
	c.Do("leases", claims{"jws": list})
	c.Refuse("conflict", "leases", claims{"jws": list})
	c.Refuse("conflict", "leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(now+0.499,
		"j1"))})
	c.Do("leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(now+0.501, "j1"))})
}

func TestWithheldLeaseListIsWorthless(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	held := r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()), "j1"))
	r.clock.advance(121 * time.Second)
	c.Refuse("conflict", "leases", claims{"jws": held})
}

// liveAfterSilence tells whether a grant lives on long after the last lease list.
func liveAfterSilence(t *testing.T, r *rig, c *fakeagent.Agent) bool {
	t.Helper()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	c.Do("leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()),
		"j1"))})
	for range 600 {
		r.clock.advance(time.Second)
		r.core.tick(t.Context())
	}
	r.core.mutex.Lock()
	defer r.core.mutex.Unlock()
	return r.core.book.Held(r.core.moment(r.clock.read()))[0].Live > 0
}

func TestToleranceCountsOnlyWhileTheControllerIsOutOfReach(t *testing.T) {
	cases := map[string]struct {
		before func(c *fakeagent.Agent)
		want   bool
	}{
		"the agent says that its link works": {func(c *fakeagent.Agent) {
			c.Do("link",
				claims{"up": true})
		}, false},
		"the agent says that its link is down": {func(c *fakeagent.Agent) {
			c.Do("link", claims{"up": true})
			c.Do("link", claims{"up": false})
		}, true},
		"the agent started anew and has no link yet": {func(*fakeagent.Agent) {}, true},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.gatewayUp()
			test.before(c)
			if got := liveAfterSilence(t, r, c); got != test.want {
				t.Fatalf("lives on: %v", got)
			}
		})
	}
}

func TestSnapshotIsTheWholeTruth(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1"), r.grant(2, "j2")}, nil))
	second, third := r.grant(2, "j2"), r.grant(3, "j3")
	expires := r.nowSeconds() + 3600
	hash := lease.Hash([]lease.Named{{JTI: "j3", ExpiresAt: expires}, {JTI: "j2", ExpiresAt: expires}})
	part := func(number int, hash string, grants ...string) claims {
		return claims{"epoch": "e1", "part": number, "parts": 2, "hash": hash, "grants": grants}
	}
	if got := c.Do("snapshot", part(1, hash, second)); got["complete"] != false {
		t.Fatalf("complete too early: %v", got)
	}
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j1", "j2"}) {
		t.Fatalf("half a snapshot changed %v", held)
	}
	if got := c.Do("snapshot", part(2, hash, third)); got["complete"] != true {
		t.Fatalf("not complete: %v", got)
	}
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j2", "j3"}) {
		t.Fatalf("held: %v", held)
	}
	wrong := lease.Hash(nil)
	c.Do("snapshot", part(1, wrong, second))
	c.Refuse("conflict", "snapshot", part(2, wrong, third))
}

func TestARemovalBeforeTheFirstSnapshotEndsWhatAFormerNetdLeft(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	r.stop()
	r.start()
	c = r.writer()
	c.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))})
	if len(r.gateway.LiveNow()) == 0 {
		t.Fatal("control: what was live lives on")
	}
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	if live := r.gateway.LiveNow(); len(live) != 0 {
		t.Fatalf("still live: %v", live)
	}
}

func TestOnlyWhatASnapshotBringsInIsExpected(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1"), r.grant(2, "j2")}, nil))
	c.Do("grants", grantsOf(nil, []string{"j1"}))
	c.Do("snapshot", claims{"epoch": "e1", "part": 1, "parts": 2, "hash": lease.Hash(nil),
		"grants": []string{r.grant(1, "j1"), r.grant(2, "j2"), r.grant(3, "j3")}})
	want := []object.Key{fakecontroller.WireGuardKey(3)}
	if !reflect.DeepEqual(r.gateway.Expected, want) {
		t.Fatalf("expected: %v", r.gateway.Expected)
	}
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j2"}) {
		t.Fatalf("held: %v", held)
	}
}

func TestNarrowClosesUntilTheNextLeaseList(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	c.Do("narrow", claims{"what": "block"})
	expectLive(t, r)
	c.Do("grants", grantsOf([]string{r.grant(2, "j2")}, nil))
	expectLive(t, r)
	c.Do("leases", claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(float64(r.nowSeconds()),
		"j1"))})
	expectLive(t, r, firstDevice...)
}

func TestClockJumpEmptiesTheLiveSet(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("subscribe", claims{"events": []string{"clockJumped"}})
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	r.clock.mutex.Lock()
	r.clock.now.Boot += 3 * time.Second
	r.clock.now.Wall += 3 * time.Second
	r.clock.mutex.Unlock()
	if event := c.Next(); event["event"] != "clockJumped" || event["suspendedMs"] != 3000.0 {
		t.Fatalf("event: %v", event)
	}
	expectLive(t, r)
}

// A virtual machine that is paused and goes on sees none of its clocks jump; what the controller
// signed tells how long the world went on.
func TestAPausedMachineRevivesNothing(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	watcher := r.dial()
	watcher.Do("hello", claims{"protocol": 1, "write": false})
	watcher.Do("subscribe", claims{"events": []string{"clockJumped"}})
	c.Do("grants", grantsOf([]string{r.grant(1, "j1"), r.grant(2, "j2")}, nil))
	list := func(at int64, jtis ...string) claims {
		return claims{"jws": r.c.SignLeases(fakecontroller.LeaseList(float64(at), jtis...))}
	}
	began := r.nowSeconds()
	c.Do("leases", list(began+1, "j1", "j2"))
	r.clock.advance(time.Second)
	// Lists that waited on the way and come at once are no pause.
	c.Do("leases", list(began+10, "j1", "j2"))
	c.Do("leases", list(began+20, "j1", "j2"))
	expectLive(t, r, "100.96.1.1", "100.96.1.2", "fd96:1:2::11", "fd96:1:2::12")
	c.Do("leases", list(began+320, "j1"))
	expectLive(t, r, firstDevice...)
	if event := watcher.Next(); event["event"] != "clockJumped" || event["suspendedMs"].(float64) < 299_000 {
		t.Fatalf("event: %v", event)
	}
}

func TestKernelFailureIsWrittenAnewAndThenClosed(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	r.gateway.Failing = 1
	c.Do("grants", grantsOf([]string{r.grant(2, "j2")}, nil))
	if held := r.gateway.Held(); !reflect.DeepEqual(held, []string{"j1", "j2"}) {
		t.Fatalf("held: %v", held)
	}
	r.gateway.Failing = 2
	c.Refuse("kernel", "grants", grantsOf([]string{r.grant(3, "j3")}, nil))
	expectLive(t, r)
}

func TestRestartedNetdKeepsWhatLivesUntilTheSnapshot(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	token := r.grant(1, "j1")
	expires := r.nowSeconds() + 3600
	c.Do("grants", grantsOf([]string{token, r.grant(2, "j2")}, nil))
	r.stop()
	r.clock.advance(130 * time.Second) // the first leases are over; the kernel knows of later ones
	r.start()
	c = r.writer()
	expectLive(t, r, "100.96.1.1", "100.96.1.2", "fd96:1:2::11", "fd96:1:2::12")
	c.Refuse("conflict", "grants", grantsOf([]string{token}, nil))
	snapshot := claims{"epoch": "e1", "part": 1, "parts": 1, "grants": []string{token},
		"hash": lease.Hash([]lease.Named{{JTI: "j1", ExpiresAt: expires}})}
	c.Refuse("conflict", "snapshot", snapshot)
	c.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))})
	c.Do("snapshot", snapshot)
	expectLive(t, r, firstDevice...)
}

func TestKilledGrantKeyClosesWhatItSigned(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	r.c.TrustVersion = 2
	set := r.c.TrustClaims(fakecontroller.GateURI)
	set["killed"] = []string{fakecontroller.Kid(r.c.Grant)}
	c.Do("trust", claims{"set": json.RawMessage(r.c.SignTrust(set))})
	expectLive(t, r)
	if held := r.gateway.Held(); len(held) != 0 {
		t.Fatalf("still held: %v", held)
	}
	c.Refuse("bad_signature", "grants", grantsOf([]string{r.grant(2, "j2")}, nil))
}

func TestSnapshotHalfVerifiedUnderAnOlderTrustSetIsDropped(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	hash := lease.Hash([]lease.Named{{JTI: "j1", ExpiresAt: r.nowSeconds() + 3600}})
	c.Do("snapshot", claims{"epoch": "e", "part": 1, "parts": 2, "hash": hash,
		"grants": []string{r.grant(1, "j1")}})
	r.c.TrustVersion = 2
	c.Do("trust", claims{"set": json.RawMessage(r.c.Trust(fakecontroller.GateURI))})
	got := c.Do("snapshot", claims{"epoch": "e", "part": 2, "parts": 2, "hash": hash,
		"grants": []string{}})
	if got["complete"] != false || len(r.gateway.Held()) != 0 {
		t.Fatal(got)
	}
}

func TestAPartOfASnapshotIsHeldToTheConfigThatCameSince(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	hash := lease.Hash([]lease.Named{{JTI: "j1", ExpiresAt: r.nowSeconds() + 3600}})
	c.Do("snapshot", claims{"epoch": "e", "part": 1, "parts": 2, "hash": hash,
		"grants": []string{r.grant(1, "j1")}})
	narrow := fakecontroller.Gateway(2, r.nowSeconds())
	narrow["pools"] = []string{"100.96.250.0/24", "fd96:1:2:5::/64"}
	narrow["addresses"] = []string{"100.96.250.1/32", "fd96:1:2:5::1/128"}
	c.Do("config", claims{"jws": r.c.SignConfig(narrow)})
	c.Refuse("ceiling", "snapshot", claims{"epoch": "e", "part": 2, "parts": 2, "hash": hash,
		"grants": []string{}})
	if held := r.gateway.Held(); len(held) != 0 {
		t.Fatalf("held: %v", held)
	}
}

func TestObserveTellsTheKernelsWord(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	raw, err := json.Marshal(c.Do("observe", nil)["observed"])
	if err != nil {
		t.Fatal(err)
	}
	var seen observed
	if err := json.Unmarshal(raw, &seen); err != nil {
		t.Fatal(err)
	}
	expires := r.nowSeconds() + 3600
	if seen.Kind != "gateway" || seen.ConfigVersion != 1 || len(seen.Grants) != 1 ||
		seen.Grants[0].JTI != "j1" || seen.Grants[0].LiveMs <= 0 || seen.Grants[0].ExpiresAt != expires ||
		seen.GrantsHash != lease.Hash([]lease.Named{{JTI: "j1", ExpiresAt: expires}}) {
		t.Fatalf("observed: %s", raw)
	}
}
