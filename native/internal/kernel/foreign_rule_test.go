//go:build linux

package kernel

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// A rule of another VPN on the gateway leads what resources and the gateway itself answer out of it in
// clear: what is for a device leaves by the tunnel or not at all.
func TestAttackForeignRulesAtAGatewaySendNothingOfADeviceInClear(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 53)
	l.gatewayConfig.Resolvers = []netip.Addr{netip.MustParseAddr("10.50.0.10")}
	l.open(t)
	mustReach(t, "with the grant")
	if found := l.observe(t).Findings; len(found) != 0 {
		t.Errorf("found without a cause: %v", found)
	}
	nstest.Run(t, "ip", "addr", "add", "2001:db8::1/64", "dev", "wan0", "nodad")
	l.site.Run(t, "ip", "addr", "add", "2001:db8::2/64", "dev", "wan1", "nodad")
	l.site.Run(t, "ip", "route", "add", "default", "via", "192.0.2.1")
	l.site.Run(t, "ip", "-6", "route", "add", "default", "via", "2001:db8::1")
	clear4 := counted(t, hereSpace{}, "clear4", "iifname wan0 ip daddr 100.96.0.0/16")
	clear6 := counted(t, hereSpace{}, "clear6", "iifname wan0 ip6 daddr fd96::/48")
	questions := map[string]net.Conn{}
	for _, to := range []string{
		"10.50.0.10:8080", "[fd50::10]:8080", "100.96.0.1:53", "[fd96::1]:53",
	} {
		flow, err := net.Dial("udp", to)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = flow.Close() }()
		_, _ = flow.Write([]byte("question"))
		if err := hears(flow, patience); err != nil {
			t.Fatalf("%s does not answer: %v", to, err)
		}
		questions[to] = flow
	}
	forwarded := []string{"10.50.0.10:8080", "[fd50::10]:8080"}
	own := []string{"100.96.0.1:53", "[fd96::1]:53"}
	for _, item := range []struct {
		selects string
		cutOff  []string
	}{
		{"", slices.Concat(forwarded, own)},
		{"iif lan0", forwarded},
		{"iif lo", own},
		{"fwmark 0x53000000/0xff000000", forwarded},
		{"ipproto 17 sport 8080-8080", forwarded},
		{"ipproto 17 sport 53-53", own},
	} {
		change := func(verb string) {
			for _, family := range []string{"-4", "-6"} {
				line := family + " rule " + verb + " pref 100 " + item.selects + " lookup main"
				l.site.Run(t, "ip", strings.Fields(line)...)
			}
		}
		change("add")
		for _, to := range item.cutOff {
			_, _ = questions[to].Write([]byte("question"))
			if err := hears(questions[to], refusal); err == nil {
				t.Errorf("control: %s is answered by the tunnel: %q diverts nothing", to, item.selects)
			}
		}
		if seen := []string{clear4(), clear6()}; seen[0] != nothing || seen[1] != nothing {
			t.Errorf("%q: answers to a device left in clear: %v", item.selects, seen)
		}
		found := l.observe(t).Findings
		if len(found) != 1 || found[0].Kind != ports.RouteDiverted ||
			!strings.Contains(found[0].Detail, "leaves by wan1: ip -4 pref 100 "+item.selects) {
			t.Errorf("%q: found: %v", item.selects, found)
			found = []ports.Finding{{}}
		}
		l.site.Do(func() { l.gateway.Repair(t.Context()) })
		if event := await(t, l.events, "tampered"); event.Fields["detail"] != found[0].Detail {
			t.Errorf("%q: told: %v", item.selects, event.Fields)
		}
		change("del")
		l.site.Do(func() { l.gateway.Repair(t.Context()) })
	}
}
