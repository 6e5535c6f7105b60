//go:build linux

package kernel

import (
	"context"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// Any program may bind itself to a link. The kernel then takes every IPv4 address that routing refuses
// for one of that link, so that the filter alone stands in between.
func TestAttackAProgramBoundToALinkReachesNothingProtected(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	// The hostile link answers for the resource.
	l.site.Run(t, "sysctl", "-qw", "net.ipv4.conf.wan1.proxy_arp=1")
	serve(t, l.resource, 8080)
	l.connect(t)
	for _, way := range everyWay {
		if err := boundEcho(way.network, way.address, refusal); err == nil {
			t.Errorf("%s %s answers in clear", way.network, way.address)
		}
	}
	// With IPv6 routing holds, too.
	clear := counted(t, l.site, "clear", "iifname wan1 ip6 daddr fd50::/48")
	nstest.Run(t, "nft", "flush", "ruleset")
	for range 3 {
		_ = boundEcho("udp", "[fd50::10]:8080", refusal)
		_ = boundEcho("tcp", "[fd50::10]:8080", refusal)
	}
	if seen := clear(); seen != nothing {
		t.Errorf("in clear without the filter: %s", seen)
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, way := range everyWay {
		until(t, "control: without the guard "+way.address+" answers", func() bool {
			return boundEcho(way.network, way.address, firstAttempt) == nil
		})
	}
}

func boundEcho(network, address string, patience time.Duration) error {
	dialer := net.Dialer{Timeout: patience, Control: func(_, _ string, raw syscall.RawConn) (err error) {
		control := func(socket uintptr) { err = unix.BindToDevice(int(socket), "wan0") }
		if failed := raw.Control(control); failed != nil {
			return failed
		}
		return err
	}}
	connection, err := dialer.Dial(network, address)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 5))
	return err
}
