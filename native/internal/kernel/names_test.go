//go:build linux

package kernel

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
)

func TestANameOpensWhatItLeadsToAndNothingElse(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.resolver.records["wiki.corp.example. A"] = []string{
		"wiki.corp.example. 30 CNAME host.corp.example.", "host.corp.example. 30 A 10.50.0.10",
		"host.corp.example. 30 A 203.0.113.9"}
	n.resolver.records["wiki.corp.example. AAAA"] = []string{"wiki.corp.example. 30 AAAA fd50::10"}
	serve(t, n.resource, 8080)
	serve(t, n.resource, 8081)
	n.open(t)
	if reaches("tcp", "10.50.0.10:8080", refusal) == nil {
		t.Fatal("reached before anybody asked for the name")
	}
	for network, kind := range map[string]uint16{"udp": dns.TypeA, "tcp": dns.TypeAAAA} {
		answer := resolved(t, network, "wiki.corp.example.", kind)
		if len(answer.Answer) != 1 {
			t.Fatalf("the name was not resolved, or more than its bounds allow: %v", answer)
		}
	}
	for _, address := range []string{"10.50.0.10", "[fd50::10]"} {
		if err := reaches("tcp", address+":8080", patience); err != nil {
			t.Errorf("the name was told but %s does not answer: %v", address, err)
		}
		if reaches("tcp", address+":8081", refusal) == nil {
			t.Errorf("another port of %s answers", address)
		}
	}
}

func TestProtectedNamesWithoutAGrantAreAskedNowhere(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.open(t)
	for _, name := range []string{"secret.corp.example.", "_443._https.secret.corp.example.",
		"10.0.50.10.in-addr.arpa.", "7.0.50.10.in-addr.arpa."} {
		if answer := askStub(t, "udp", name, dns.TypeA); answer.Rcode != dns.RcodeServerFailure {
			t.Errorf("%s: %s", name, dns.RcodeToString[answer.Rcode])
		}
	}
	for _, name := range []string{"secret.corp.example.cafe.local.", "wiki.corp.example.lan.", "wiki."} {
		if answer := askStub(t, "udp", name, dns.TypeA); answer.Rcode != dns.RcodeNameError {
			t.Errorf("%s: %s", name, dns.RcodeToString[answer.Rcode])
		}
	}
	if asked := n.resolver.heard(); len(asked) != 0 {
		t.Errorf("asked inside, too: %v", asked)
	}
}

func TestNamesAreKeptInsideFromTheBootOn(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	// What a netd knows that starts before the network: the last config, no agent, no tunnel.
	if err := n.lab.device.EnsureGuard(t.Context(), n.desired()); err != nil {
		t.Fatal(err)
	}
	blocked := n.tunnel
	blocked.State = "blocked"
	if err := n.device.ServeDevice(t.Context(), blocked, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wiki.corp.example.", "secret.corp.example.", "x.apps.corp.example."} {
		if answer := askStub(t, "udp", name, dns.TypeA); answer.Rcode != dns.RcodeServerFailure {
			t.Errorf("%s: %s", name, dns.RcodeToString[answer.Rcode])
		}
	}
}

func TestAttackRebindingIsRefusedByGatewayAndDevice(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	refused := map[string]string{
		"loopback": "127.0.0.1", "metadata": "169.254.169.254", "another device": "100.96.1.9",
		"the gateway itself": "100.96.0.1", "outside the bounds": "203.0.113.9",
		"of no network": "0.0.0.0", "multicast": "224.0.0.251",
	}
	for what, address := range refused {
		name := strings.ReplaceAll(what, " ", "-") + ".apps.corp.example."
		n.resolver.records[name+" A"] = []string{name + " 30 A " + address}
		n.resolver.records[name+" AAAA"] = []string{name + " 30 AAAA ::ffff:10.50.0.10"}
	}
	bait := "bait.apps.corp.example."
	n.resolver.records[bait+" HTTPS"] = []string{
		bait + ` 30 HTTPS 1 . alpn="h2" ipv4hint="10.50.0.10,192.0.2.66" ipv6hint="fd50::10,fe80::1"`,
		bait + ` 30 HTTPS 2 elsewhere.public.test. alpn="h2"`,
	}
	n.open(t)
	for what := range refused {
		name := strings.ReplaceAll(what, " ", "-") + ".apps.corp.example."
		for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if answer := askStub(t, "udp", name, kind); answer.Rcode != dns.RcodeServerFailure {
				t.Errorf("%s was told: %v", what, answer)
			}
		}
	}
	answer := resolved(t, "udp", bait, dns.TypeHTTPS)
	if len(answer.Answer) != 1 || strings.Contains(answer.String(), "192.0.2.66") ||
		strings.Contains(answer.String(), "fe80") || !strings.Contains(answer.String(), "10.50.0.10") {
		t.Errorf("hints are addresses, too: %v", answer)
	}
	// The device judges again: a gateway that was taken cannot make it route what carries the tunnel.
	for _, address := range []string{"192.0.2.2", "100.96.0.1", "100.96.1.2"} {
		told, err := n.lab.device.Learn(t.Context(), ports.Named{
			Name: "wiki.corp.example", Addresses: []netip.Addr{netip.MustParseAddr(address)}})
		if err == nil || len(told) > 0 {
			t.Errorf("the device routes %s", address)
		}
	}
}

func TestOneAddressBelongsToOneResource(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	http := []object.PortRange{{First: 8080, Last: 8080}}
	n.gatewayConfig.Resources = append(n.gatewayConfig.Resources, object.Resource{ID: "res_other",
		Targets: []object.Target{{Domain: "other.corp.example", Proto: "tcp", Ports: http}}})
	n.tunnel.DNS = append(n.tunnel.DNS,
		object.DNSDomain{Name: "other.corp.example", Site: "sit_a", Granted: true})
	for _, name := range []string{"wiki.corp.example.", "other.corp.example."} {
		n.resolver.records[name+" A"] = []string{name + " 30 A 10.50.0.10"}
	}
	n.configure(t)
	n.open(t)
	n.commit(t, upsert(n.grant("res_wiki", "res_other"), lasting, time.Hour))
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	if answer := askStub(t, "udp", "other.corp.example.", dns.TypeA); answer.Rcode != dns.RcodeServerFailure {
		t.Errorf("a packet could not say whose it is, and yet: %v", answer)
	}
}

func TestAGrantThatEndsTakesItsNamesWithIt(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.resolver.records["wiki.corp.example. A"] = []string{"wiki.corp.example. 30 A 10.50.0.10"}
	serve(t, n.resource, 8080)
	n.open(t)
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
		t.Fatal(err)
	}
	n.commit(t, ports.Change{Upsert: []ports.GrantUpsert{{Grant: n.grant("res_lan"), Live: lasting,
		Ends: map[string]time.Duration{"res_lan": time.Hour}}}})
	if answer := askStub(t, "udp", "wiki.corp.example.", dns.TypeA); answer.Rcode != dns.RcodeServerFailure {
		t.Errorf("the gateway answers without a grant: %v", answer)
	}
	if reaches("tcp", "10.50.0.10:8080", refusal) == nil {
		t.Error("the learned address is still open")
	}
	n.tunnel.DNS[0].Granted = false
	n.connect(t)
	observed, err := n.lab.device.Observe(t.Context())
	if err != nil || strings.Contains(fmt.Sprint(observed.Routes), "10.50.0.10/32") {
		t.Errorf("the device still routes the address: %v, %v", observed.Routes, err)
	}
}

func TestLearnedAtomsOutliveANewConfigAndANewProcess(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.resolver.records["wiki.corp.example. A"] = []string{"wiki.corp.example. 30 A 10.50.0.10"}
	serve(t, n.resource, 8080)
	n.open(t)
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	still := func(what string) {
		t.Helper()
		if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	still("at first")
	n.gatewayConfig.Resources = append(n.gatewayConfig.Resources, object.Resource{ID: "res_more",
		Targets: []object.Target{{Prefix: netip.MustParsePrefix("10.60.0.0/24"), Proto: "any"}}})
	n.configure(t)
	still("under another config")
	n.site.Run(t, "nft", "flush", "ruleset")
	n.site.Do(func() { n.gateway.Repair(context.Background()) })
	still("after a repair")
	n.site.Do(func() {
		n.gateway.Detach()
		next := filter.New(func(ports.Event) {}, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		n.gateway = next
	})
	n.configure(t)
	n.commit(t, ports.Change{Replace: true, Upsert: upsert(n.grant("res_wiki"), lasting, time.Hour).Upsert})
	// A bare system has no /etc/protocols to name them by.
	held := n.site.Run(t, "nft", "--numeric-protocol", "list", "map", "inet", filter.TableName, "learn4")
	if !strings.Contains(held, "10.50.0.10 . 6 . 8080 timeout") {
		t.Errorf("after a restart of netd: %s", held)
	}
}

func TestAGatewayThatIsANameIsFoundByTheResolverOfTheLink(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	outside := &siteResolver{records: map[string][]string{
		"vpn.public.test. A":    {"vpn.public.test. 30 A 10.50.0.77", "vpn.public.test. 30 A 192.0.2.2"},
		"www.public.test. A":    {"www.public.test. 30 A 198.51.100.7"},
		"wiki.corp.example. A":  {"wiki.corp.example. 30 A 198.51.100.8"},
		"vpn.corp.example. A":   {"vpn.corp.example. 30 A 192.0.2.2"},
		"wiki.corp.example. MX": {"wiki.corp.example. 30 MX 1 outside."},
	}}
	outside.serve(t, n.site, "192.0.2.2:53")
	serve(t, n.resource, 8080)
	options := n.options
	options.System = otherResolver{netip.MustParseAddrPort("192.0.2.2:53")}
	n.device = names.New(options)
	n.resolver.records["wiki.corp.example. A"] = []string{"wiki.corp.example. 30 A 10.50.0.10"}
	n.tunnel.Sites[0].Peers[0].Endpoints = []object.Endpoint{
		{Host: "vpn.corp.example", Port: 51820}, {Host: "vpn.public.test", Port: 51820}}
	n.tunnel.DNS = append(n.tunnel.DNS, object.DNSDomain{Name: "vpn.corp.example", Site: "sit_a"})
	n.open(t)
	if answer := askStub(t, "tcp", "www.public.test.", dns.TypeA); len(answer.Answer) != 0 {
		t.Errorf("the link's resolver has no TCP here, and yet: %v", answer)
	}
	if answer := resolved(t, "udp", "www.public.test.", dns.TypeA); len(answer.Answer) != 1 {
		t.Errorf("another name is not handed on: %v", answer)
	}
	resolved(t, "udp", "wiki.corp.example.", dns.TypeA)
	if err := reaches("tcp", "10.50.0.10:8080", patience); err != nil {
		t.Error(err)
	}
	for _, name := range outside.heard() {
		if strings.HasSuffix(name, "corp.example.") {
			t.Errorf("heard outside: %s", name)
		}
	}
	observed, err := n.lab.device.Observe(t.Context())
	if err != nil || len(observed.Peers) != 1 || observed.Peers[0].Endpoint != "192.0.2.2:51820" {
		t.Errorf("the peer is at %+v, %v", observed.Peers, err)
	}
}

// killResolverChild ends the children of this process that hold the addresses, once they have their
// name.
func killResolverChild(t *testing.T) (killed bool) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		status, err := os.ReadFile("/proc/" + entry.Name() + "/status")
		ours := strings.Contains(string(status), fmt.Sprintf("PPid:\t%d\n", os.Getpid()))
		if err != nil || !ours || !strings.HasPrefix(string(status), "Name:\tsallyport-names\n") {
			continue
		}
		if pid, err := strconv.Atoi(entry.Name()); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed = true
		}
	}
	return killed
}

func TestAKilledResolverChildComesBack(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	n.open(t)
	until(t, "a resolver child to kill", func() bool { return killResolverChild(t) })
	deadline := time.Now().Add(patience)
	client := dns.Client{Timeout: time.Second}
	for {
		question := new(dns.Msg).SetQuestion("secret.corp.example.", dns.TypeA)
		answer, _, err := client.Exchange(question, "100.96.1.2:53")
		if err == nil && answer.Rcode == dns.RcodeServerFailure {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no child answers: %v", err)
		}
	}
}

// askedFrom is a system that may ask us only once somebody answers, and tells when it began to.
type askedFrom struct{ begun chan struct{} }

func (a askedFrom) Take(wanted systemdns.Wanted) (systemdns.State, error) {
	if !wanted.Answers {
		return systemdns.State{}, systemdns.ErrRefused
	}
	select {
	case a.begun <- struct{}{}:
	default:
	}
	return systemdns.State{Mode: "file"}, nil
}

func (askedFrom) Release(string) error { return nil }

// A port that somebody holds stands for all that can end a first child: the next one is taken.
func TestTheSystemAsksUsWhereTheFirstChildDidNotStart(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	n := newNamesLab(t)
	system := askedFrom{begun: make(chan struct{}, 1)}
	n.options.System = system
	n.device = names.New(n.options)
	n.configure(t)
	n.connect(t)
	held, err := net.ListenPacket("udp", "100.96.1.2:53")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.device.ServeDevice(context.Background(), n.tunnel, nil); err == nil {
		t.Fatal("a child serves where somebody else does")
	}
	if len(n.device.Findings()) != 1 {
		t.Error("nobody is told that names are heard outside")
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-system.begun:
	case <-time.After(patience):
		t.Fatal("the system never asks us")
	}
	until(t, "nothing to find", func() bool { return len(n.device.Findings()) == 0 })
	if answer := askStub(t, "udp", "secret.corp.example.", dns.TypeA); answer.Rcode != dns.RcodeServerFailure {
		t.Errorf("answered: %v", answer)
	}
}
