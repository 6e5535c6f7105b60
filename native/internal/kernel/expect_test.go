//go:build linux

package kernel

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// peersWhen waits until the gateway has this many peers.
func (l *lab) peersWhen(t *testing.T, count int) []ports.PeerObserved {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		peers := l.observe(t).Peers
		if len(peers) == count {
			return peers
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d peers, not %d", len(peers), count)
		}
	}
}

func TestPeersOfAComingSnapshotCarryNothingUntilItNamesThem(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.configure(t)
	l.commit(t, ports.Change{Replace: true})
	other := newKey(t)
	l.gateway.Expect([]object.Key{l.deviceKey.public, other.public})
	for _, peer := range l.peersWhen(t, 2) {
		if len(peer.AllowedIPs) != 0 {
			t.Errorf("an expected peer may send from %v", peer.AllowedIPs)
		}
	}
	l.connect(t)
	mustNotReach(t, "expected only")
	change := upsert(l.grant("res_git"), lasting, time.Hour)
	change.Replace = true
	l.commit(t, change)
	mustReach(t, "named by the snapshot")
	if peers := l.peersWhen(t, 1); peers[0].PublicKey != l.deviceKey.public {
		t.Errorf("the peer that nobody named stayed")
	}
	// What is granted already is not made anew, which would cost it its addresses.
	l.gateway.Expect([]object.Key{l.deviceKey.public, other.public})
	l.peersWhen(t, 2)
	mustReach(t, "expected again")
	l.commit(t, ports.Change{Replace: true})
	l.peersWhen(t, 0)
}
