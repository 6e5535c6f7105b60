//go:build linux

package kernel

import (
	"net"
	"testing"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/kernel/nstest"
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
	n.gatewayConfig.LAN = "auto"
	n.configure(t)
	until(t, "control: where no LAN is named both leave", func() bool {
		ask()
		return names() != nothing && pages() != nothing
	})
}
