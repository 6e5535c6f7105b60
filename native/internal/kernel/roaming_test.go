//go:build linux

package kernel

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// awaitQuiet waits until nothing comes from the device any more: what ends connections would tell its
// new way, too.
func (l *lab) awaitQuiet(t *testing.T) {
	t.Helper()
	for before := int64(-1); ; time.Sleep(300 * time.Millisecond) {
		received := l.peersWhen(t, 1)[0].RxBytes
		if received == before {
			return
		}
		before = received
	}
}

// Without anything to send, the gateway would hear of the new way at the next keepalive only.
func TestAGatewayHearsOfADevicesNewAddressAtOnce(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "at the first address")
	former := l.peersWhen(t, 1)[0].Endpoint
	if err := l.device.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	device, _ := watched(t, NewDevice)
	mustApply(t, "device", device.Apply(t.Context(), l.desired()))
	mustReach(t, "with a netd that watches")
	second := l.peersWhen(t, 1)[0].Endpoint
	if second == former {
		t.Fatalf("still at %s", former)
	}
	l.awaitQuiet(t)
	nstest.Run(t, "ip", "addr", "add", "192.0.2.9/24", "dev", "wan0")
	// Ten seconds after it heard something WireGuard says a word by itself.
	for deadline := time.Now().Add(8 * time.Second * nstest.Slowness); l.peersWhen(t, 1)[0].Endpoint == second; {
		if time.Now().After(deadline) {
			t.Fatalf("the gateway still sends to %s", second)
		}
		time.Sleep(10 * time.Millisecond)
	}
	mustReach(t, "with another address")
}
