package guard

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/wg"
)

// road drives the failover second by second with what two peers would show.
type road struct {
	failover *failover
	active   map[string]int
	state    wg.State
	now      time.Time
}

var twoPeers = []object.Site{{
	Site: "sit_a", Peers: []object.Peer{{PublicKey: object.Key{1}}, {PublicKey: object.Key{2}}},
}}

func newRoad() *road {
	return &road{
		failover: newFailover(), active: map[string]int{}, now: time.Unix(1e9, 0),
		state: wg.State{Peers: map[object.Key]wg.PeerState{{1}: {}, {2}: {}}},
	}
}

func (r *road) second(change func(first, second *wg.PeerState)) {
	first, second := r.state.Peers[object.Key{1}], r.state.Peers[object.Key{2}]
	change(&first, &second)
	r.state.Peers[object.Key{1}], r.state.Peers[object.Key{2}] = first, second
	r.failover.listen(r.state, r.now)
	for site, peer := range r.failover.step(twoPeers, r.active, r.state, r.now) {
		r.active[site] = peer
	}
	r.now = r.now.Add(time.Second)
}

func TestUnansweredHandshakesMoveTheRoutesWithin16Seconds(t *testing.T) {
	r := newRoad()
	for second := range 17 {
		r.second(func(first, _ *wg.PeerState) {
			if second%5 == 0 {
				first.TxBytes += 148
			}
		})
		if moved := r.active["sit_a"] == 1; moved != (second == 16) {
			t.Fatalf("second %d: active = %d", second, r.active["sit_a"])
		}
	}
}

func TestASiteOfOnePeerStays(t *testing.T) {
	f := newFailover()
	lonely := []object.Site{{Site: "sit_a", Peers: []object.Peer{{PublicKey: object.Key{1}}}}}
	state := wg.State{Peers: map[object.Key]wg.PeerState{{1}: {TxBytes: 0}}}
	for second := range 60 {
		state.Peers[object.Key{1}] = wg.PeerState{TxBytes: int64(second) * 148}
		f.listen(state, time.Unix(int64(second), 0))
		if moves := f.step(lonely, nil, state, time.Unix(int64(second), 0)); len(moves) != 0 {
			t.Fatalf("second %d: %v", second, moves)
		}
	}
}

func TestAnIdleOrAnsweringPeerStays(t *testing.T) {
	r := newRoad()
	for second := range 600 {
		r.second(func(first, _ *wg.PeerState) {
			if second%25 == 0 {
				first.TxBytes += 32
			}
			if second%120 == 0 {
				first.TxBytes, first.RxBytes = first.TxBytes+148, first.RxBytes+92
			}
		})
	}
	for second := range 60 {
		r.second(func(first, _ *wg.PeerState) {
			first.TxBytes += 1000
			if second%10 == 9 {
				first.RxBytes += 32
			}
		})
	}
	if r.active["sit_a"] != 0 {
		t.Error("the routes left a peer that is well")
	}
}

func TestTheFirstPeerGetsTheRoutesBackAfterFiveMinutesOfRest(t *testing.T) {
	r := newRoad()
	for second := 0; r.active["sit_a"] == 0; second++ {
		r.second(func(first, _ *wg.PeerState) { first.TxBytes += 148 })
	}
	left := r.now
	for r.now.Sub(left) < 10*time.Minute {
		r.second(func(_, second *wg.PeerState) { second.TxBytes++; second.RxBytes++ })
		if r.active["sit_a"] != 1 {
			t.Fatalf("after %s the routes went back to a peer without a session", r.now.Sub(left))
		}
	}
	r.second(func(first, _ *wg.PeerState) { first.LastHandshake, first.RxBytes = r.now, 92 })
	if r.active["sit_a"] != 0 {
		t.Error("the first peer is well again and does not get the routes back")
	}
}

func TestAPeerThatWasLeftStaysLeftForFiveMinutesHoweverWellItSeems(t *testing.T) {
	r := newRoad()
	for second := 0; r.active["sit_a"] == 0; second++ {
		r.second(func(first, _ *wg.PeerState) { first.TxBytes += 148 })
	}
	for left := r.now; r.active["sit_a"] == 1; {
		r.second(func(first, _ *wg.PeerState) { first.LastHandshake, first.RxBytes = r.now, first.RxBytes+92 })
		rested := r.now.Sub(left)
		if back := r.active["sit_a"] == 0; back != (rested >= 5*time.Minute) {
			t.Fatalf("after %s: back %v", rested, back)
		}
	}
}

func TestHandshakeEventsComeOncePerSilence(t *testing.T) {
	contacts := map[object.Key]contact{}
	start := time.Unix(1e9, 0)
	at := func(handshake time.Time, now time.Time) string {
		peer := wg.PeerState{LastHandshake: handshake, RxBytes: handshake.Unix()}
		state := wg.State{Peers: map[object.Key]wg.PeerState{{1}: peer}}
		names := ""
		for _, event := range follow(contacts, state, now, newFailover().silent) {
			names += event.Name + " "
		}
		return names
	}
	for _, step := range []struct {
		handshake, now time.Duration
		want           string
	}{
		{0, time.Second, "handshake "},
		{0, 2 * time.Second, ""},
		{120 * time.Second, 121 * time.Second, ""},
		{120 * time.Second, 300 * time.Second, "handshakeLost "},
		{120 * time.Second, 301 * time.Second, ""},
		{302 * time.Second, 303 * time.Second, "handshake "},
	} {
		if got := at(start.Add(step.handshake), start.Add(step.now)); got != step.want {
			t.Errorf("at %v: %q, want %q", step.now, got, step.want)
		}
	}
}

func TestAPeerThatNeverAnswersIsToldOnceAsWell(t *testing.T) {
	contacts, choice := map[object.Key]contact{}, newFailover()
	names := ""
	peer := wg.PeerState{}
	for second := range 40 {
		now := time.Unix(int64(second), 0)
		if second < 35 {
			peer.TxBytes += 148
		} else {
			peer.RxBytes, peer.LastHandshake = 92, now
		}
		state := wg.State{Peers: map[object.Key]wg.PeerState{{1}: peer}}
		choice.listen(state, now)
		for _, event := range follow(contacts, state, now, choice.silent) {
			names += event.Name + " "
		}
	}
	if names != "handshakeLost handshake " {
		t.Errorf("told: %q", names)
	}
}

func TestASilentPeerIsDialledAtItsOtherEndpointsBeforeTheSiteMoves(t *testing.T) {
	other := twoPeers[0].Peers[1]
	sites := []object.Site{{Site: "sit_a", Peers: []object.Peer{
		{PublicKey: object.Key{1}, Endpoints: make([]object.Endpoint, 2)}, other,
	}}}
	f, state := newFailover(), wg.State{Peers: map[object.Key]wg.PeerState{{1}: {}, {2}: {}}}
	use := paths{active: map[string]int{}, dialled: map[object.Key]int{}}
	told := []string{}
	for second := range 40 {
		now := time.Unix(int64(second), 0)
		first := state.Peers[object.Key{1}]
		first.TxBytes += 148
		state.Peers[object.Key{1}] = first
		f.listen(state, now)
		for key, next := range f.redial(sites, use, state, now) {
			use.dialled[key] = next
			told = append(told, fmt.Sprintf("%d: endpoint %d", second, next))
		}
		for site, next := range f.step(sites, use.active, state, now) {
			use.active[site] = next
			told = append(told, fmt.Sprintf("%d: peer %d", second, next))
		}
	}
	want := "16: endpoint 1, 33: endpoint 0, 33: peer 1"
	if got := strings.Join(told, ", "); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}
