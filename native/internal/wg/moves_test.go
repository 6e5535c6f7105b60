//go:build linux

package wg

import (
	"net/netip"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/object"
)

// table is a WireGuard that changes one thing after the other, as real ones do, and has somebody send
// in between.
type table struct {
	peers map[object.Key]Peer
	owner map[netip.Prefix]object.Key
	send  func()
}

func (f *table) write(change update) error {
	for _, key := range change.remove {
		f.drop(key)
		delete(f.peers, key)
		f.send()
	}
	for _, peer := range change.put {
		f.drop(peer.PublicKey)
		f.send()
		f.take(peer)
	}
	for _, peer := range change.extend {
		f.take(peer)
	}
	return nil
}

func (f *table) drop(key object.Key) {
	for prefix, owner := range f.owner {
		if owner == key {
			delete(f.owner, prefix)
		}
	}
}

func (f *table) take(peer Peer) {
	f.peers[peer.PublicKey] = peer
	for _, prefix := range peer.AllowedIPs {
		f.owner[prefix] = peer.PublicKey
		f.send()
	}
}

func (f *table) read() (State, error) {
	state := State{Peers: map[object.Key]PeerState{}}
	for key, peer := range f.peers {
		peer.AllowedIPs = nil
		for prefix, owner := range f.owner {
			if owner == key {
				peer.AllowedIPs = append(peer.AllowedIPs, prefix)
			}
		}
		state.Peers[key] = PeerState{Peer: peer}
	}
	return state, nil
}

func (f *table) rebind(uint16) error { return nil }
func (f *table) close() error        { return nil }

// After a start the routes of a former process lead into a tunnel that has no peers yet.
func TestANarrowerPrefixHasItsPeerBeforeAWiderOne(t *testing.T) {
	p := netip.MustParsePrefix
	peers := []Peer{
		{PublicKey: object.Key{1}, AllowedIPs: []netip.Prefix{p("10.0.0.0/8"), p("10.50.9.7/32"), p("fd50::/48")}},
		{PublicKey: object.Key{2}, AllowedIPs: []netip.Prefix{p("fd50:0:0:9::/64"), p("10.50.0.0/16")}},
		{PublicKey: object.Key{3}, AllowedIPs: []netip.Prefix{p("10.50.9.0/24"), p("10.50.9.128/25")}},
		{PublicKey: object.Key{4}},
	}
	fake := &table{peers: map[object.Key]Peer{}, owner: map[netip.Prefix]object.Key{}}
	fake.send = func() {
		for wider := range fake.owner {
			for _, peer := range peers {
				for _, prefix := range peer.AllowedIPs {
					inside := wider.Bits() < prefix.Bits() && wider.Overlaps(prefix)
					if _, held := fake.owner[prefix]; inside && !held {
						t.Errorf("%s has a peer and %s inside it has none", wider, prefix)
					}
				}
			}
		}
	}
	link := &Link{backend: fake}
	if err := link.Reconcile(peers); err != nil {
		t.Fatal(err)
	}
	if state, _ := fake.read(); len(state.differing(peers)) > 0 || len(fake.peers) != len(peers) {
		t.Errorf("it is not so afterwards: %v", fake.owner)
	}
}

// One step each, or ten thousand peers take three times as long.
// What a program has sent before the routes were taken away may still wait in the tunnel.
func TestPeersThatGoLeaveNothingToAWiderPrefix(t *testing.T) {
	p := netip.MustParsePrefix
	narrow, wide := p("10.50.9.0/24"), p("10.50.0.0/16")
	for range 50 {
		fake := &table{peers: map[object.Key]Peer{}, owner: map[netip.Prefix]object.Key{}, send: func() {}}
		link := &Link{backend: fake}
		peers := []Peer{
			{PublicKey: object.Key{1}, AllowedIPs: []netip.Prefix{wide}},
			{PublicKey: object.Key{2}, AllowedIPs: []netip.Prefix{narrow}},
		}
		if err := link.Reconcile(peers); err != nil {
			t.Fatal(err)
		}
		fake.send = func() {
			if _, held := fake.owner[narrow]; !held && fake.owner[wide] == peers[0].PublicKey {
				t.Error("what is meant for the narrower prefix goes to the peer of the wider one")
			}
		}
		if err := link.Reconcile(nil); err != nil {
			t.Fatal(err)
		}
		if len(fake.owner) != 0 || len(fake.peers) != 0 {
			t.Fatalf("left: %v of %v", fake.owner, fake.peers)
		}
	}
}

func TestPeersWithoutNestedPrefixesAreWrittenWhole(t *testing.T) {
	p := netip.MustParsePrefix
	apart := []Peer{
		{PublicKey: object.Key{1}, AllowedIPs: []netip.Prefix{p("100.64.0.2/32"), p("fd50::2/128")}},
		{PublicKey: object.Key{2}, AllowedIPs: []netip.Prefix{p("fd50::3/128"), p("100.64.0.1/32")}},
	}
	if steps := narrowestFirst(apart); len(steps) != len(apart) {
		t.Errorf("%d steps for %d peers", len(steps), len(apart))
	}
	for _, wider := range []netip.Prefix{p("fd50::/64"), p("100.64.0.0/10"), p("0.0.0.0/0"), p("100.64.0.2/31")} {
		peers := append([]Peer{{PublicKey: object.Key{3}, AllowedIPs: []netip.Prefix{wider}}}, apart...)
		written := []netip.Prefix{}
		for _, step := range narrowestFirst(peers) {
			written = append(written, step.AllowedIPs...)
		}
		for _, late := range written[slices.Index(written, wider)+1:] {
			if wider.Overlaps(late) {
				t.Errorf("%s is written before %s inside it", wider, late)
			}
		}
	}
}

// A site fails over, gets its gateway back, loses one and a prefix, while another site has the prefix
// around its own: no packet may go there at any moment, nor when the sockets are bound anew.
func TestWhatMovesBetweenPeersNeverFallsToAWiderPrefix(t *testing.T) {
	wide, narrow := netip.MustParsePrefix("10.50.0.0/16"), netip.MustParsePrefix("10.50.9.0/24")
	further := netip.MustParsePrefix("10.50.10.0/24")
	around := Peer{PublicKey: object.Key{1}, AllowedIPs: []netip.Prefix{wide}}
	first := func(prefixes ...netip.Prefix) Peer {
		return Peer{PublicKey: object.Key{2}, KeepaliveSeconds: 25, AllowedIPs: prefixes}
	}
	second := func(prefixes ...netip.Prefix) Peer {
		return Peer{PublicKey: object.Key{3}, KeepaliveSeconds: 25, AllowedIPs: prefixes}
	}
	fake := &table{peers: map[object.Key]Peer{}, owner: map[netip.Prefix]object.Key{}, send: func() {}}
	link := &Link{backend: fake}
	step := ""
	for _, next := range []struct {
		name  string
		peers []Peer
	}{
		{"begin", []Peer{around, first(narrow, further), second()}},
		{"failover", []Peer{around, first(), second(narrow, further)}},
		{"failback", []Peer{around, first(narrow, further), second()}},
		{"less", []Peer{around, first(narrow), second()}},
		{"one gateway less", []Peer{around, second(narrow)}},
		{"the other one", []Peer{first(narrow), around}},
	} {
		step = next.name
		if err := link.Reconcile(next.peers); err != nil {
			t.Fatal(err)
		}
		if step == "begin" {
			fake.send = func() {
				if _, held := fake.owner[narrow]; !held {
					t.Errorf("%s: the prefix has no peer, so that the wider one gets its packets", step)
				}
			}
		}
		state, _ := fake.read()
		if again := state.differing(next.peers); len(again) > 0 || len(fake.peers) != len(next.peers) {
			t.Errorf("%s: it is not so afterwards: %v", step, fake.owner)
		}
		step = "bind anew after " + next.name
		if err := link.Bump(0); err != nil {
			t.Fatal(err)
		}
		if state, _ := fake.read(); len(state.differing(next.peers)) > 0 {
			t.Errorf("%s: it is not so afterwards", step)
		}
	}
}
