//go:build linux

package kernel

import (
	"net/netip"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

func TestAGatewayWithOneCardServesWhatTheDefaultRouteLeadsTo(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := farLab(t)
	l.site.Run(t, "ip", "route", "add", "default", "via", "10.50.0.10")
	l.site.Run(t, "ip", "-6", "route", "add", "default", "via", "fd50::10")
	l.open(t)
	mustReachFar(t, "by the default route")
	l.restarted(t, nil)
	mustReachFar(t, "under a further netd")
	// Halves of the default route are no more than it, and what they leave behind is as good.
	for _, half := range []string{"0.0.0.0/1", "128.0.0.0/1"} {
		l.site.Run(t, "ip", "route", "add", half, "via", "10.50.0.10")
	}
	l.site.Run(t, "ip", "-6", "route", "add", "2000::/3", "via", "fd50::10")
	l.restarted(t, nil)
	for _, half := range []string{"0.0.0.0/1", "128.0.0.0/1"} {
		l.site.Run(t, "ip", "route", "del", half)
	}
	l.site.Run(t, "ip", "-6", "route", "del", "2000::/3")
	mustReachFar(t, "without halves of the default route")
}

// farLab is the lab with a resource behind a further router, which is the resource's machine.
func farLab(t *testing.T) *insideLab {
	t.Helper()
	l := &insideLab{lab: newLab(t)}
	p := netip.MustParsePrefix
	l.gatewayConfig.Resources = []object.Resource{{ID: "res_git", Targets: []object.Target{
		{Prefix: p("10.70.0.10/32"), Proto: "any"}, {Prefix: p("2001:db8:70::10/128"), Proto: "any"}}}}
	l.tunnel.ProtectedPrefixes = []netip.Prefix{p("10.70.0.0/24"), p("2001:db8:70::/64")}
	l.tunnel.Sites[0].Routes = []netip.Prefix{p("10.70.0.10/32"), p("2001:db8:70::10/128")}
	l.resource.Run(t, "ip", "addr", "add", "10.70.0.10/32", "dev", "lo")
	l.resource.Run(t, "ip", "addr", "add", "2001:db8:70::10/128", "dev", "lo", "nodad")
	serve(t, l.resource, 8080)
	return l
}

func mustReachFar(t *testing.T, what string) {
	t.Helper()
	for _, address := range []string{"10.70.0.10:8080", "[2001:db8:70::10]:8080"} {
		if err := reaches("tcp", address, patience); err != nil {
			t.Fatalf("%s: %s: %v", what, address, err)
		}
	}
}

// far writes routes to the far resource by one of its two cards.
func (l *insideLab) far(t *testing.T, verb, card string) {
	t.Helper()
	via := map[string][]string{"lan0": {"10.50.0.10", "fd50::10"}, "lan2": {"10.51.0.10", "fd51::10"}}[card]
	l.site.Run(t, "ip", "route", verb, "10.70.0.0/24", "via", via[0])
	l.site.Run(t, "ip", "-6", "route", verb, "2001:db8:70::/64", "via", via[1])
}

func TestARouteMovesBetweenCardsWithoutAsking(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := farLab(t)
	l.defaultRoutes(t)
	nstest.Run(t, "ip", "link", "add", "lan2", "type", "veth", "peer", "name", "lan3")
	l.site.Adopt(t, "lan2")
	l.resource.Adopt(t, "lan3")
	for space, words := range map[*nstest.Namespace]string{l.site: "lan2 10.51.0.1/24 fd51::1/64",
		l.resource: "lan3 10.51.0.10/24 fd51::10/64"} {
		parts := strings.Fields(words)
		space.Run(t, "ip", "addr", "add", parts[1], "dev", parts[0])
		space.Run(t, "ip", "addr", "add", parts[2], "dev", parts[0], "nodad")
		space.Run(t, "ip", "link", "set", parts[0], "up")
	}
	l.far(t, "add", "lan0")
	l.open(t)
	mustReachFar(t, "by the first card")
	clear4 := counted(t, hereSpace{}, "clear4", "iifname wan0 ip daddr 10.70.0.0/24")
	clear6 := counted(t, hereSpace{}, "clear6", "iifname wan0 ip6 daddr 2001:db8:70::/64")
	// Nobody tells the gateway of any of this.
	l.far(t, "replace", "lan2")
	mustReachFar(t, "moved to the second card")
	for range 3 {
		l.far(t, "del", "lan2")
		for _, address := range []string{"10.70.0.10:8080", "[2001:db8:70::10]:8080"} {
			if reaches("tcp", address, refusal) == nil {
				t.Errorf("%s answers without a route", address)
			}
		}
		l.far(t, "add", "lan0")
		mustReachFar(t, "back by the first card")
		l.far(t, "replace", "lan2")
	}
	// A routing daemon that says it in two halves says as much.
	l.site.Run(t, "ip", "route", "add", "10.70.0.0/25", "via", "10.50.0.10")
	l.site.Run(t, "ip", "route", "add", "10.70.0.128/25", "via", "10.50.0.10")
	l.site.Run(t, "ip", "route", "del", "10.70.0.0/24", "via", "10.51.0.10")
	mustReachFar(t, "in halves")
	if four, six := clear4(), clear6(); four != nothing || six != nothing {
		t.Errorf("in clear meanwhile: IPv4 %s, IPv6 %s", four, six)
	}
}
