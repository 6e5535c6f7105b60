//go:build linux

package kernel

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/wg"
)

func TestABulkTransferIsIntact(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	bulk(t, newLab(t))
}

func TestABulkTransferIsIntactWithoutATun(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	// A cable of our names is taken up as a former process without a TUN would have left it.
	cable := func(name string) []string {
		return []string{"link", "add", name, "type", "veth", "peer", "name", wg.FarEnd(name)}
	}
	nstest.Run(t, "ip", cable(guard.LinkName)...)
	l.site.Run(t, "ip", cable(filter.LinkName)...)
	bulk(t, l)
}

func TestABulkTransferIsIntactWithTheNarrowestTunnel(t *testing.T) { bulkWithMTU(t, 1280) }

func TestABulkTransferIsIntactWithTheWidestTunnel(t *testing.T) { bulkWithMTU(t, 1500) }

func bulkWithMTU(t *testing.T, mtu int) {
	t.Helper()
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.gatewayConfig.MTU, l.tunnel.MTU = mtu, mtu
	nstest.Run(t, "ip", "link", "set", "wan0", "mtu", "1600")
	l.site.Run(t, "ip", "link", "set", "wan1", "mtu", "1600")
	bulk(t, l)
}

// bulk sends more than any buffer holds through the tunnel and back, in segments as large as the
// stack likes them.
func bulk(t *testing.T, l *lab) {
	t.Helper()
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "connected")
	t.Logf("WireGuard of this machine: %s", wg.Probe())
	payload := make([]byte, 8<<20)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(payload)
	for _, address := range []string{"10.50.0.10:8080", "[fd50::10]:8080"} {
		connection, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		_ = connection.SetDeadline(time.Now().Add(patience * 4))
		go func() { _, _ = connection.Write(payload) }()
		answer := make([]byte, len(payload))
		if _, err := io.ReadFull(connection, answer); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if !bytes.Equal(answer, payload) {
			t.Errorf("%s: the bytes that came back differ", address)
		}
		_ = connection.Close()
	}
}
