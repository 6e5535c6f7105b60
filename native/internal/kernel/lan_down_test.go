//go:build linux

package kernel

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// With its LAN gone a gateway has the default route left, which leads outside.
func TestANamedLANThatIsGoneSendsNothingElsewhere(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.gatewayConfig.LAN = "lan0"
	n.resolver.records["wiki.corp.example. A"] = []string{"wiki.corp.example. 30 A 10.50.0.10"}
	serve(t, n.resource, 8080)
	n.open(t)
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
		t.Fatal(err)
	}
	n.site.Run(t, "ip", "route", "add", "default", "via", "192.0.2.1")
	names := counted(t, hereSpace{}, "names", "iifname wan0 ip daddr 10.50.0.10 udp dport 53")
	pages := counted(t, hereSpace{}, "pages", "iifname wan0 ip daddr 10.50.0.10 tcp dport 8080")
	n.site.Run(t, "ip", "link", "set", "lan0", "down")
	ask := func() {
		_ = reaches("tcp", "10.50.0.10:8080", refusal)
		// A device that asks the gateway itself; its own stub would be waited for.
		question, err := new(dns.Msg).SetQuestion("wiki.corp.example.", dns.TypeA).Pack()
		if err != nil {
			t.Fatal(err)
		}
		connection, err := net.Dial("udp", "100.96.0.1:53")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = connection.Write(question)
		_ = hears(connection, refusal)
		_ = connection.Close()
	}
	ask()
	if seen := []string{names(), pages()}; seen[0] != nothing || seen[1] != nothing {
		t.Errorf("names and pages in clear: %v", seen)
	}
	// This is also how an administrator says that the resources are there now.
	n.gatewayConfig.LAN = "wan1"
	n.configure(t)
	until(t, "control: where the way outside is named both leave", func() bool {
		ask()
		return names() != nothing && pages() != nothing
	})
}

func TestNamesAreNotAskedByTheDefaultRouteOnceTheLANIsGone(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.defaultRoutes(t)
	n.resolver.serve(t, n.resource, "[fd50::10]:53")
	n.gatewayConfig.Resolvers = append(n.gatewayConfig.Resolvers, netip.MustParseAddr("fd50::10"))
	n.resolver.records["wiki.corp.example. A"] = []string{"wiki.corp.example. 30 A 10.50.0.10"}
	serve(t, n.resource, 8080)
	n.open(t)
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
		t.Fatal(err)
	}
	names4 := counted(t, hereSpace{}, "names4", "iifname wan0 ip daddr 10.50.0.10 meta l4proto { 6, 17 } th dport 53")
	names6 := counted(t, hereSpace{}, "names6", "iifname wan0 ip6 daddr fd50::10 meta l4proto { 6, 17 } th dport 53")
	pages := counted(t, hereSpace{}, "pages", "iifname wan0 ip daddr 10.50.0.10 tcp dport 8080")
	n.site.Run(t, "ip", "link", "set", "lan0", "down")
	ask := func() {
		_ = reaches("tcp", "10.50.0.10:8080", refusal)
		question, err := new(dns.Msg).SetQuestion("wiki.corp.example.", dns.TypeA).Pack()
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			connection, err := net.Dial("udp", "100.96.0.1:53")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = connection.Write(question)
			_ = hears(connection, refusal)
			_ = connection.Close()
		}
	}
	ask()
	if seen := []string{names4(), names6(), pages()}; slices.ContainsFunc(seen, func(one string) bool { return one != nothing }) {
		t.Errorf("names by IPv4, by IPv6 and pages in clear: %v", seen)
	}
	for _, family := range []string{"-4", "-6"} {
		n.site.Run(t, "ip", family, "route", "flush", "table", "5351")
	}
	until(t, "control: without what is remembered all of it leaves", func() bool {
		ask()
		return names4() != nothing && names6() != nothing && pages() != nothing
	})
}

// The filter of the former config lets out by any card, and its place may be hard to take.
func TestALANThatIsNamedOpensNothingBeforeTheFilterHoldsIt(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newInsideLab(t)
	l.lanDown(t)
	l.nothingInClear(t, "without a name")
	l.gatewayConfig.LAN = "lan0"
	ended, end := context.WithCancel(t.Context())
	end()
	l.site.Do(func() {
		for _, step := range l.gateway.Configure(ended,
			ports.GatewayDesired{Gateway: l.gatewayConfig, PrivateKey: l.gatewayKey.private}) {
			if step.Name == "filter" && step.Result != ports.StepFailed {
				t.Error("the filter took the place of the former one")
			}
		}
	})
	l.nothingInClear(t, "named, but not held")
	l.configure(t)
	l.nothingInClear(t, "named")
	if told := l.site.Run(t, "ip", "route", "show", "table", "5351"); told != "" {
		t.Errorf("still known beside a named LAN: %s", told)
	}
}
