package guard

import (
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/wg"
)

const (
	// A living peer answers data within 10 s and a handshake at once; three unanswered handshakes,
	// 5 s apart, are over after this.
	silenceLimit = 16 * time.Second
	// Three handshake initiations.
	silenceBytes = 3 * 148
	// A keepalive needs no answer: alone it does not begin a silence.
	keepaliveBytes = 32
	// How long the first peer is left alone after the routes moved away from it.
	returnPause = 5 * time.Minute
)

// failover decides which peer of each site carries its routes. It is pure: time and readings come
// in.
//
//	first --silent--> next --silent--> ... --silent--> first
//	  ^------5 min over and the first has a session------'
type failover struct {
	silences map[object.Key]silence
	leftAt   map[string]time.Time // when the first peer of a site was left
	tried    map[object.Key]int   // endpoints dialled in vain since the peer was heard
}

// silence is how much went out to a peer since anything came back.
type silence struct {
	rxBytes int64
	txBytes int64     // when the peer was last heard
	since   time.Time // zero: nothing unanswered
}

func newFailover() *failover {
	return &failover{silences: map[object.Key]silence{}, leftAt: map[string]time.Time{},
		tried: map[object.Key]int{}}
}

// listen takes a reading of all peers in; step and silent judge by it.
func (f *failover) listen(state wg.State, now time.Time) {
	for key, peer := range state.Peers {
		before := f.silences[key]
		if peer.RxBytes != before.rxBytes {
			delete(f.tried, key)
		}
		f.silences[key] = before.listen(peer, now)
	}
}

// redial answers the silent peers in use that have another endpoint, with its index. The last one
// tried in vain leaves the silence standing, so that the site moves to its next peer.
func (f *failover) redial(
	sites []object.Site, use paths, state wg.State, now time.Time,
) map[object.Key]int {
	next := map[object.Key]int{}
	for _, site := range sites {
		peer := site.Peers[use.active[site.Site]%len(site.Peers)]
		key, known := peer.PublicKey, state.Peers[peer.PublicKey]
		count := len(peer.Endpoints)
		if count < 2 || !f.silent(key, known, now) {
			continue
		}
		next[key] = (use.dialled[key] + 1) % count
		f.tried[key]++
		if f.tried[key] < count || len(site.Peers) == 1 {
			f.silences[key] = silence{rxBytes: known.RxBytes, txBytes: known.TxBytes}
		}
	}
	return next
}

// silent tells whether nothing answered what was sent to the peer for as long as three handshakes.
func (f *failover) silent(key object.Key, peer wg.PeerState, now time.Time) bool {
	quiet := f.silences[key]
	over := !quiet.since.IsZero() && now.Sub(quiet.since) >= silenceLimit
	return over && peer.TxBytes-quiet.txBytes >= silenceBytes
}

// step answers the sites whose routes have to move, with the index of the new peer.
func (f *failover) step(
	sites []object.Site, active map[string]int, state wg.State, now time.Time,
) map[string]int {
	moves := map[string]int{}
	for _, site := range sites {
		current := active[site.Site] % len(site.Peers)
		if next := f.judge(site, current, state, now); next != current {
			moves[site.Site] = next
		}
	}
	return moves
}

func (f *failover) judge(site object.Site, current int, state wg.State, now time.Time) int {
	if current != 0 && now.Sub(f.leftAt[site.Site]) >= returnPause {
		first := state.Peers[site.Peers[0].PublicKey]
		if now.Sub(first.LastHandshake) < sessionLifetime {
			return 0
		}
	}
	key := site.Peers[current].PublicKey
	if len(site.Peers) == 1 || !f.silent(key, state.Peers[key], now) {
		return current
	}
	if current == 0 {
		f.leftAt[site.Site] = now
	}
	delete(f.silences, key)
	return (current + 1) % len(site.Peers)
}

func (s silence) listen(peer wg.PeerState, now time.Time) silence {
	switch {
	case peer.RxBytes != s.rxBytes || peer.TxBytes < s.txBytes:
		return silence{rxBytes: peer.RxBytes, txBytes: peer.TxBytes}
	case s.since.IsZero() && peer.TxBytes == s.txBytes+keepaliveBytes:
		s.txBytes = peer.TxBytes
	case s.since.IsZero() && peer.TxBytes > s.txBytes:
		s.since = now
	}
	return s
}
