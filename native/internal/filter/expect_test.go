//go:build linux

package filter

import (
	"log/slog"
	"testing"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

func TestALostTunnelEndsWhatIsMadeAhead(t *testing.T) {
	g := New(func(ports.Event) {}, slog.New(slog.DiscardHandler))
	g.desired, g.peers, g.awaited = &ports.GatewayDesired{}, peerTable{}, []object.Key{{1}, {2}}
	g.makeExpected()
	if len(g.awaited) != 0 {
		t.Errorf("%d peers are still awaited without a tunnel", len(g.awaited))
	}
}

func TestAnExpectedPeerFollowsANewSecret(t *testing.T) {
	g := New(func(ports.Event) {}, slog.New(slog.DiscardHandler))
	device, former, next := object.Key{1}, [32]byte{2}, [32]byte{3}
	made, _ := PresharedKey(former, device)
	g.desired, g.secret, g.expected = &ports.GatewayDesired{}, former, map[object.Key]object.Key{device: made}
	g.desired.Gateway.PskSecret = next
	wanted, _ := PresharedKey(next, device)
	if key, err := g.presharedKey(device); err != nil || key != wanted {
		t.Errorf("before the tunnel has the new secret: %v, %v", key, err)
	}
	g.secret = next
	if err := g.deriveExpected(); err != nil {
		t.Fatal(err)
	}
	if key, err := g.presharedKey(device); err != nil || key != wanted {
		t.Errorf("once it has: %v, %v", key, err)
	}
}
