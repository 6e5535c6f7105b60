// Package wg drives one WireGuard interface: the kernel's own where there is one, else an embedded
// userspace one on a persistent TUN that outlives this process and is attached again after a crash.
// Keys stay in memory; there is no control socket.
package wg

import (
	"cmp"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// The kinds of WireGuard that a machine can have.
const (
	Kernel    = "kernel"
	Userspace = "userspace"
	None      = "none"
)

// Settings are what the interface itself has. Mark goes onto the packets of its own UDP socket.
type Settings struct {
	PrivateKey object.Key
	ListenPort uint16 // 0: any free port
	Mark       uint32
}

// Peer is one desired peer; the zero pre-shared key means none, an invalid endpoint: learned.
type Peer struct {
	PublicKey        object.Key
	PresharedKey     object.Key
	Endpoint         netip.AddrPort
	AllowedIPs       []netip.Prefix
	KeepaliveSeconds int
}

// State is a fresh reading; private keys are compared, never shown.
type State struct {
	Settings Settings
	Peers    map[object.Key]PeerState
}

// PeerState is a peer with what WireGuard counted for it.
type PeerState struct {
	Peer
	LastHandshake time.Time // zero: never
	RxBytes       int64
	TxBytes       int64
}

// update is what a backend writes at once, in this order.
type update struct {
	settings *Settings // nil: unchanged
	remove   []object.Key
	put      []Peer // whole peers, allowed addresses replaced
	extend   []Peer // whole peers, allowed addresses added, taken from whoever has them
}

type backend interface {
	write(update) error
	read() (State, error)
	// rebind opens the UDP socket anew.
	rebind(port uint16) error
	close() error
}

// Link is one WireGuard interface; Close detaches and leaves it in the kernel.
type Link struct {
	name    string
	index   int
	kind    string
	backend backend
	written Settings // what this process wrote last
}

// Over drives a userspace WireGuard over a tunnel device, which belongs to the link from then on.
func Over(tunnel tun.Device, name string, log *slog.Logger) *Link {
	return &Link{name: name, kind: Userspace, backend: newUserspaceBackend(tunnel, name, log)}
}

// Kind is Kernel or Userspace.
func (l *Link) Kind() string { return l.kind }

// Configure writes the settings that differ; equal ones leave the socket and sessions alone.
func (l *Link) Configure(settings Settings) error {
	if settings == l.written {
		return nil
	}
	if err := l.configure(settings); err != nil {
		return err
	}
	l.written = settings
	return nil
}

func (l *Link) configure(settings Settings) error {
	state, err := l.backend.read()
	if err != nil {
		return err
	}
	current := state.Settings
	if settings.ListenPort == 0 {
		current.ListenPort = 0
	}
	settings.PrivateKey = clamp(settings.PrivateKey)
	if current == settings {
		return nil
	}
	return l.backend.write(update{settings: &settings})
}

// clamp gives a private key the form in which WireGuard keeps and shows it.
func clamp(key object.Key) object.Key {
	key[0] &= 248
	key[31] = key[31]&127 | 64
	return key
}

// Reconcile makes the peers exactly these, writing only what differs. A prefix that stays or moves has
// a peer at every moment, and one that comes has it before any wider one: without it its packets would
// go to a peer with a wider prefix.
func (l *Link) Reconcile(peers []Peer) error {
	state, err := l.backend.read()
	if err != nil {
		return err
	}
	change := update{extend: narrowestFirst(state.differing(peers))}
	owners := map[netip.Prefix]object.Key{}
	wanted := map[object.Key]bool{}
	for _, peer := range peers {
		wanted[peer.PublicKey] = true
		for _, prefix := range peer.AllowedIPs {
			owners[prefix] = peer.PublicKey
		}
	}
	end := update{}
	// A peer that goes leaves its prefixes to nobody first: what waits to be sent at that moment would go
	// to a peer with a wider prefix. Where none has one, it goes as it is.
	within := state.nested()
	nobody, surplus := Peer{PublicKey: nobodysKey()}, false
	for key, peer := range state.Peers {
		if !wanted[key] {
			end.remove = append(end.remove, key)
			if !within {
				continue
			}
		}
		for _, prefix := range peer.AllowedIPs {
			if _, owned := owners[prefix]; !owned {
				nobody.AllowedIPs, surplus = append(nobody.AllowedIPs, prefix), true
			}
		}
	}
	if surplus {
		// WireGuard of older kernels takes no single prefix away, but a peer with all that it has.
		change.extend = append(change.extend, nobody)
		end.remove = append(end.remove, nobody.PublicKey)
	}
	if err := l.backend.write(change); err != nil {
		return err
	}
	return l.backend.write(end)
}

// narrowestFirst splits what peers are to have into steps: all of them with nothing, then prefix by
// prefix. Peers of which none has a prefix inside another's, as a gateway's ten thousand, stay whole:
// their order does not matter, and one step each is quicker.
func narrowestFirst(peers []Peer) []Peer {
	if !nested(peers) {
		return peers
	}
	steps, prefixes := []Peer{}, []Peer{}
	for _, peer := range peers {
		for _, prefix := range peer.AllowedIPs {
			one := peer
			one.AllowedIPs = []netip.Prefix{prefix}
			prefixes = append(prefixes, one)
		}
		peer.AllowedIPs = nil
		steps = append(steps, peer)
	}
	slices.SortStableFunc(prefixes, func(a, b Peer) int {
		return b.AllowedIPs[0].Bits() - a.AllowedIPs[0].Bits()
	})
	for _, one := range prefixes {
		last := &steps[len(steps)-1]
		if len(last.AllowedIPs) > 0 && last.PublicKey == one.PublicKey {
			last.AllowedIPs = append(last.AllowedIPs, one.AllowedIPs...)
			continue
		}
		steps = append(steps, one)
	}
	return steps
}

// nested tells whether one of the prefixes lies inside another one.
func nested(peers []Peer) bool {
	prefixes := []netip.Prefix{}
	for _, peer := range peers {
		prefixes = append(prefixes, peer.AllowedIPs...)
	}
	// A prefix comes before all that lies inside it.
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), a.Bits()-b.Bits())
	})
	for i := 1; i < len(prefixes); i++ {
		if prefixes[i-1].Bits() < prefixes[i].Bits() && prefixes[i-1].Overlaps(prefixes[i]) {
			return true
		}
	}
	return false
}

// nested tells the same of the peers that are there.
func (s State) nested() bool {
	peers := make([]Peer, 0, len(s.Peers))
	for _, peer := range s.Peers {
		peers = append(peers, peer.Peer)
	}
	return nested(peers)
}

// nobodysKey is one that nobody has the other half of.
func nobodysKey() (key object.Key) {
	_, _ = rand.Read(key[:])
	return key
}

// Adjust makes these peers so where they differ; all others stay.
func (l *Link) Adjust(peers []Peer) error {
	state, err := l.backend.read()
	if err != nil {
		return err
	}
	return l.backend.write(update{put: state.differing(peers)})
}

func (s State) differing(peers []Peer) []Peer {
	differing := []Peer{}
	for _, peer := range peers {
		if current, found := s.Peers[peer.PublicKey]; !found || !current.matches(peer) {
			differing = append(differing, peer)
		}
	}
	return differing
}

// matches ignores a learned endpoint: a peer that roamed is not set back.
func (p PeerState) matches(wanted Peer) bool {
	sorted := func(prefixes []netip.Prefix) []netip.Prefix {
		return slices.SortedFunc(slices.Values(prefixes), netip.Prefix.Compare)
	}
	return p.PresharedKey == wanted.PresharedKey &&
		p.KeepaliveSeconds == wanted.KeepaliveSeconds &&
		(!wanted.Endpoint.IsValid() || p.Endpoint == wanted.Endpoint) &&
		slices.Equal(sorted(p.AllowedIPs), sorted(wanted.AllowedIPs))
}

// Put adds or replaces peers, all others stay.
func (l *Link) Put(peers ...Peer) error { return l.backend.write(update{put: peers}) }

// Remove takes peers away; unknown ones are fine.
func (l *Link) Remove(keys ...object.Key) error { return l.backend.write(update{remove: keys}) }

// Read gives settings and peers as they are now.
func (l *Link) Read() (State, error) { return l.backend.read() }

// Bump binds the socket anew at this port (0: a fresh one, since a middlebox may have pinned the
// old one to a path that is gone) and wakes every peer that has a keepalive, so that the other side
// learns the new address at once.
func (l *Link) Bump(port uint16) error {
	state, err := l.backend.read()
	if err != nil {
		return err
	}
	if err := l.backend.rebind(port); err != nil {
		return err
	}
	silent, loud := update{}, update{}
	for _, peer := range state.Peers {
		if peer.KeepaliveSeconds > 0 {
			woken := peer.Peer
			woken.AllowedIPs = nil
			loud.extend = append(loud.extend, woken)
			woken.KeepaliveSeconds = 0
			silent.extend = append(silent.extend, woken)
		}
	}
	return errors.Join(l.backend.write(silent), l.backend.write(loud))
}

// Close lets go of the interface and leaves it as it is.
func (l *Link) Close() error { return l.backend.close() }

// Observed turns a reading into the daemon's words, sorted by key.
func (s State) Observed() []ports.PeerObserved {
	peers := make([]ports.PeerObserved, 0, len(s.Peers))
	for _, peer := range s.Peers {
		item := ports.PeerObserved{
			PublicKey: peer.PublicKey, RxBytes: peer.RxBytes, TxBytes: peer.TxBytes,
			AllowedIPs: peer.AllowedIPs,
		}
		if peer.Endpoint.IsValid() {
			item.Endpoint = peer.Endpoint.String()
		}
		if !peer.LastHandshake.IsZero() {
			age := time.Since(peer.LastHandshake).Seconds()
			item.HandshakeAgeSeconds = &age
		}
		peers = append(peers, item)
	}
	slices.SortFunc(peers, func(a, b ports.PeerObserved) int {
		return slices.Compare(a.PublicKey[:], b.PublicKey[:])
	})
	return peers
}
