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
