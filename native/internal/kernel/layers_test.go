//go:build linux

package kernel

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
)

// A gateway that was taken has neither of its locks, and opens flows of its own to a device.
func TestAttackATakenGatewayReachesNoPortOfADevice(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	echoStreams(t, "[::]:7000")
	l.open(t)
	mustReach(t, "before")
	l.site.Run(t, "nft", "delete", "table", "inet", "sallyport")
	for _, family := range []string{"-4", "-6"} {
		l.site.Run(t, "ip", family, "rule", "add", "pref", "100", "lookup", "main")
	}
	devices := []string{"100.96.1.2", "fd96::102"}
	for _, device := range devices {
		l.site.Run(t, "ip", "route", "add", device, "dev", "spg0")
	}
	try := func(wanted bool, what string) {
		t.Helper()
		for _, device := range devices {
			expectFrom(t, l.site, net.JoinHostPort(device, "7000"), wanted, what)
		}
	}
	try(false, "a taken gateway")
	nstest.Run(t, "nft", "flush", "chain", "inet", guard.TableName, "input")
	try(true, "control, without the guard's input")
}

// The rules of another VPN lead past our routes; the filter has to hold alone.
func TestTheFilterOfADeviceHoldsWithoutItsRoutes(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 7000)
	space := here.container(t)
	l.site.Run(t, "ip", "route", "add", "100.96.1.2/32", "via", "192.0.2.1")
	l.open(t)
	for _, family := range []string{"-4", "-6"} {
		nstest.Run(t, "ip", family, "rule", "add", "pref", "100", "lookup", "main")
	}
	dropped := func(counter string) uint64 {
		observed, err := l.device.Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return observed.Counters[counter]
	}
	for way, err := range tryFrom(space, refusal) {
		if err == nil {
			t.Errorf("%s answers a container in clear", way)
		}
	}
	if dropped("fwd_drop") == 0 {
		t.Error("no packet of a container was dropped")
	}
	// Programs that are bound to the tunnel's address, where the tunnel is not the way.
	before := dropped("out_drop")
	dialer := net.Dialer{
		LocalAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort("100.96.1.2:0")), Timeout: refusal,
	}
	if connection, err := dialer.Dial("tcp", "192.0.2.2:7000"); err == nil {
		_ = connection.Close()
		t.Error("the tunnel's address is a source in clear")
	}
	if dropped("out_drop") == before {
		t.Error("no packet from the tunnel's address was dropped")
	}
	// A route of others leads the internet into the tunnel, whose gateway would see it.
	nstest.Run(t, "ip", "route", "add", "203.0.113.7", "dev", guard.LinkName)
	before = dropped("out_drop")
	if connection, err := net.Dial("udp", "203.0.113.7:53"); err == nil {
		_, _ = connection.Write([]byte("who"))
		_ = connection.Close()
	}
	if dropped("out_drop") == before {
		t.Error("what was not granted went into the tunnel")
	}
}
