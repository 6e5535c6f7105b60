//go:build linux

package kernel

import (
	"log/slog"
	"testing"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/ports"
)

// A gateway forwards for devices. Whoever is on the network outside sends its packets for the LAN to it,
// too; before it was a gateway that led nowhere.
func TestAttackAGatewayIsNoRouterForWhoIsOutside(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	echoStreams(t, "[::]:7000")
	l.openRoadOfResource(t)
	nstest.Run(t, "ip", "addr", "add", "2001:db8::1/64", "dev", "wan0", "nodad")
	l.site.Run(t, "ip", "addr", "add", "2001:db8::2/64", "dev", "wan1", "nodad")
	l.site.Run(t, "ip", "route", "add", "default", "via", "192.0.2.1")
	l.site.Run(t, "ip", "-6", "route", "add", "default", "via", "2001:db8::1")
	l.resource.Run(t, "ip", "route", "add", "default", "via", "10.50.0.1")
	l.resource.Run(t, "ip", "-6", "route", "add", "default", "via", "fd50::1")
	nstest.Run(t, "ip", "route", "add", "10.50.0.0/24", "via", "192.0.2.2")
	nstest.Run(t, "ip", "-6", "route", "add", "fd50::/64", "via", "2001:db8::2")
	mustNotReach(t, "before it is a gateway")

	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, lasting))
	mustNotReach(t, "as a gateway")
	l.site.Do(func() {
		second := successor(t, l.gateway)
		configured(t, l, l.gatewayConfig, second)
		if _, err := second.Commit(t.Context(), ports.Change{Replace: true,
			Upsert: upsert(l.grant("res_git"), lasting, lasting).Upsert}); err != nil {
			t.Fatal(err)
		}
		l.gateway = second
	})
	mustNotReach(t, "under a further netd")

	space := machine{l.site.Do}.container(t)
	serve(t, space, 9000)
	l.site.Run(t, "nft", "add chain inet containers in { type nat hook prerouting priority dstnat; }; "+
		"add rule inet containers in iifname wan1 tcp dport 9000 dnat ip to 172.17.0.2")
	expectFrom(t, space, "192.0.2.1:7000", true, "a container and the internet")
	if err := reaches("tcp", "192.0.2.2:9000", patience); err != nil {
		t.Errorf("a published port of a container: %v", err)
	}
	mustNotReach(t, "beside containers")
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "no_router")
	mustReach(t, "control: without the chain")

	nstest.Run(t, "ip", "route", "del", "10.50.0.0/24", "via", "192.0.2.2")
	nstest.Run(t, "ip", "-6", "route", "del", "fd50::/64", "via", "2001:db8::2")
	l.site.Do(func() { l.gateway.Repair(t.Context()) })
	l.connect(t)
	mustReach(t, "as a device")
}

func TestAGatewayThatLeftForwardsNoLonger(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	forwards := func(what, wanted string) {
		t.Helper()
		l.site.Do(func() {
			for _, parameter := range []string{"ipv4/ip_forward", "ipv6/conf/all/forwarding"} {
				if is := sysctl.Read(parameter); is != wanted {
					t.Errorf("%s: %s = %s", what, parameter, is)
				}
			}
		})
	}
	leave := func(gateway *filter.Gateway) {
		t.Helper()
		l.site.Do(func() {
			if err := gateway.Leave(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
	forwards("before", "0")
	l.configure(t)
	forwards("as a gateway", "1")
	leave(l.gateway)
	forwards("left", "0")
	l.configure(t)
	leave(successor(t, l.gateway))
	forwards("left by another netd than the one that began", "0")

	l.gateway = filter.New(func(ports.Event) {}, slog.Default())
	l.configure(t)
	l.site.Run(t, "nft", "add table ip someone; add chain ip someone post { type nat hook postrouting priority srcnat; }")
	leave(l.gateway)
	forwards("left beside somebody who translates addresses", "1")
	l.site.Run(t, "nft", "delete", "table", "ip", "someone")

	// Forwarding that was the owner's before stays.
	l.configure(t)
	leave(l.gateway)
	forwards("left a router", "1")
}
