//go:build linux

package kernel

import (
	"context"
	"net"
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// A neighbour on the device's own network sends to the tunnel address, and in the name of a
// protected host: neither arrives. Without the guard both do.
func TestAttackNobodyOutsideSpeaksForTheTunnel(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.site.Run(t, "ip", "route", "add", "100.96.1.2/32", "via", "192.0.2.1")
	l.site.Run(t, "ip", "addr", "add", "10.50.9.9/32", "dev", "lo")
	arrived := make(chan string, 1000)
	packets, err := net.ListenPacket("udp", "0.0.0.0:7200")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = packets.Close() })
	go func() {
		buffer := make([]byte, 64)
		for {
			size, _, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			arrived <- string(buffer[:size])
		}
	}()
	heard := func(limit time.Duration, what, from, to string) bool {
		for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
			l.site.Do(func() {
				dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}
				if connection, err := dialer.Dial("udp", to); err == nil {
					_, _ = connection.Write([]byte(what))
					_ = connection.Close()
				}
			})
			select {
			case got := <-arrived:
				if got == what {
					return true
				}
			case <-time.After(20 * time.Millisecond):
			}
		}
		return false
	}
	toTunnel := func(limit time.Duration, what string) bool {
		return heard(limit, what, "192.0.2.2", "100.96.1.2:7200")
	}
	asProtected := func(limit time.Duration, what string) bool {
		return heard(limit, what, "10.50.9.9", "192.0.2.1:7200")
	}

	l.connect(t)
	if toTunnel(refusal, "guarded to tunnel") {
		t.Error("a neighbour reaches the tunnel address")
	}
	if asProtected(refusal, "guarded as protected") {
		t.Error("a neighbour speaks as a protected host")
	}
	observed, err := l.device.Observe(context.Background())
	if err != nil || observed.Counters["in_drop"] == 0 {
		t.Errorf("the guard counted nothing: %v, %v", observed.Counters, err)
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "ip", "addr", "add", "100.96.1.2/32", "dev", "lo")
	if !toTunnel(patience, "control to tunnel") || !asProtected(patience, "control as protected") {
		t.Error("control: without the guard both must arrive")
	}
}
