//go:build linux

package kernel

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// secondDevice connects another device, in a namespace of its own, by a grant of its own.
func (l *lab) secondDevice(t *testing.T) (*guard.Device, *nstest.Namespace) {
	t.Helper()
	space := nstest.NewNamespace(t)
	nstest.Run(t, "ip", "link", "add", "wan2", "type", "veth", "peer", "name", "wan3")
	space.Adopt(t, "wan2")
	l.site.Adopt(t, "wan3")
	space.Run(t, "ip", "addr", "add", "198.51.100.1/24", "dev", "wan2")
	space.Run(t, "ip", "link", "set", "wan2", "up")
	l.site.Run(t, "ip", "addr", "add", "198.51.100.2/24", "dev", "wan3")
	l.site.Run(t, "ip", "link", "set", "wan3", "up")
	space.Run(t, "ip", "route", "add", "default", "via", "198.51.100.2")

	identity := newKey(t)
	tunnel := l.tunnel
	tunnel.Addresses = []netip.Prefix{netip.MustParsePrefix("100.96.1.3/32")}
	grant := l.grant("res_git")
	grant.JTI, grant.PublicKey, grant.Addresses = "jti_2", identity.public, tunnel.Addresses
	l.commit(t, upsert(grant, lasting, time.Hour))
	tunnel.Sites = []object.Site{tunnel.Sites[0]}
	tunnel.Sites[0].Peers = []object.Peer{l.peerFor(identity)}
	device := guard.New(func(ports.Event) {}, slog.Default())
	space.Do(func() {
		mustApply(t, "second device", device.Apply(context.Background(), ports.DeviceDesired{
			Tunnel: tunnel, PrivateKey: identity.private,
		}))
	})
	return device, space
}

func TestAttackDevicesAreNotReachedSideways(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	second, space := l.secondDevice(t)
	serve(t, space, 9000)
	// A device that breaks its own rules: it sends for the whole pool into the tunnel.
	l.tunnel.Sites[0].Routes = append(l.tunnel.Sites[0].Routes, netip.MustParsePrefix("100.96.0.0/16"))
	l.connect(t)
	mustReach(t, "first device")
	space.Do(func() {
		if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
			t.Errorf("second device: %v", err)
		}
	})
	l.openRoadOfResource(t)
	for what, from := range map[string]func(func()){
		"another device": func(do func()) { do() },
		"a resource":     l.resource.Do,
		"the gateway":    l.site.Do,
	} {
		from(func() {
			if err := reaches("tcp", "100.96.1.3:9000", refusal); err == nil {
				t.Errorf("%s reaches a device", what)
			}
			_ = reaches("udp", "100.96.1.3:9000", refusal)
		})
	}
	// The second device would have counted them: nothing came as far as its own guard.
	space.Do(func() {
		observed, err := second.Observe(context.Background())
		if err != nil || observed.Counters["in_drop"] != 0 {
			t.Errorf("packets arrived at the device: %v, %v", observed.Counters, err)
		}
	})
	if got := l.observe(t).Counters; got["ungranted"] == 0 {
		t.Errorf("the gateway counted nothing: %v", got)
	}
}
