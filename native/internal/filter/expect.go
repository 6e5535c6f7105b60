//go:build linux

package filter

import (
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/wg"
)

// expectAtOnce is how many peers are made while a removal may have to wait: one or two milliseconds.
const expectAtOnce = 32

// Expect makes peers that a coming Replace will name, in the background and without addresses, so
// that nothing flows for them: making them is a fifth of what thousands of grants cost. A Replace that
// does not name them takes them away.
func (g *Gateway) Expect(keys []object.Key) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	// A peer of a former process that is made again would lose its addresses for a while.
	if g.link == nil || g.peers == nil || !g.peersKnown || len(keys) == 0 {
		return
	}
	runs := len(g.awaited) > 0
	g.awaited = append(g.awaited, keys...)
	if !runs {
		go g.makeExpected()
	}
}

func (g *Gateway) makeExpected() {
	for {
		more, err := g.makeSome()
		if err != nil {
			g.log.Warn("peers not made ahead of their grants", "why", err.Error())
		}
		if !more {
			return
		}
	}
}

// makeSome answers whether there are more to make.
func (g *Gateway) makeSome() (bool, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	// The tunnel may have been lost meanwhile, or not taken a new secret; whoever brings it back states
	// the peers anew.
	if g.link == nil || g.desired == nil || g.secret != g.desired.Gateway.PskSecret {
		g.awaited = nil
		return false, nil
	}
	fresh := []wg.Peer{}
	count := min(expectAtOnce, len(g.awaited))
	for _, key := range g.awaited[:count] {
		if _, known := g.peers[key]; known {
			continue
		}
		if _, made := g.expected[key]; made {
			continue
		}
		preshared, err := PresharedKey(g.desired.Gateway.PskSecret, key)
		if err != nil {
			g.awaited = nil
			return false, err
		}
		fresh = append(fresh, wg.Peer{PublicKey: key, PresharedKey: preshared})
	}
	g.awaited = g.awaited[count:]
	if len(fresh) == 0 {
		return len(g.awaited) > 0, nil
	}
	if g.expected == nil {
		g.expected = map[object.Key]object.Key{}
	}
	for _, peer := range fresh {
		g.expected[peer.PublicKey] = peer.PresharedKey
	}
	return len(g.awaited) > 0, g.link.Put(fresh...)
}

// deriveExpected brings the pre-shared keys of expected peers to the secret in force.
func (g *Gateway) deriveExpected() error {
	for device := range g.expected {
		preshared, err := PresharedKey(g.secret, device)
		if err != nil {
			return err
		}
		g.expected[device] = preshared
	}
	return nil
}
