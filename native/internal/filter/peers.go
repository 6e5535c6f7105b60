//go:build linux

package filter

import (
	"crypto/hkdf"
	"crypto/sha256"
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/wg"
)

// PresharedKey derives the key that a device and this gateway share: HKDF-SHA256 of the secret with
// the device's public key as salt. The controller derives the same for the device's config.
func PresharedKey(secret [32]byte, device object.Key) (object.Key, error) {
	raw, err := hkdf.Key(sha256.New, secret[:], device[:], "sallyport-psk", len(object.Key{}))
	if err != nil {
		return object.Key{}, err
	}
	return object.Key(raw), nil
}

// peerTable remembers which addresses each peer was given, so that a change of a few grants writes
// a few peers and never reads ten thousand.
type peerTable map[object.Key][]netip.Prefix

// peersOf builds the peers of these keys that have a grant.
func (g *Gateway) peersOf(keys map[object.Key]bool) ([]wg.Peer, error) {
	peers := []wg.Peer{}
	for key, addresses := range g.book.addresses(keys) {
		preshared, err := g.presharedKey(key)
		if err != nil {
			return nil, err
		}
		peers = append(peers, wg.Peer{
			PublicKey: key, PresharedKey: preshared, AllowedIPs: addresses,
		})
	}
	slices.SortFunc(peers, func(a, b wg.Peer) int {
		return slices.Compare(a.PublicKey[:], b.PublicKey[:])
	})
	return peers, nil
}

// presharedKey is derived already where the peer was expected under the same secret.
func (g *Gateway) presharedKey(device object.Key) (object.Key, error) {
	secret := g.desired.Gateway.PskSecret
	if derived, expected := g.expected[device]; expected && g.secret == secret {
		return derived, nil
	}
	return PresharedKey(secret, device)
}

// unwritten leaves out the peers that already have these addresses.
func (t peerTable) unwritten(peers []wg.Peer) []wg.Peer {
	return slices.DeleteFunc(peers, func(peer wg.Peer) bool {
		written, known := t[peer.PublicKey]
		return known && slices.Equal(written, peer.AllowedIPs)
	})
}

func (t peerTable) note(peers []wg.Peer) {
	for _, peer := range peers {
		t[peer.PublicKey] = peer.AllowedIPs
	}
}
