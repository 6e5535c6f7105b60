package kernel

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// The resolver child is this program started anew.
func TestMain(m *testing.M) {
	if child.IsCall(os.Args[1:]) {
		os.Exit(child.Run(os.Args[1:], os.Stderr))
	}
	os.Exit(m.Run())
}

// siteResolver answers from a table and remembers every name it was asked for.
type siteResolver struct {
	mutex   sync.Mutex
	records map[string][]string // "name type" to records
	asked   []string
}

func (s *siteResolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	question := q.Question[0]
	s.asked = append(s.asked, strings.ToLower(question.Name))
	answer := new(dns.Msg).SetReply(q)
	lines := s.records[strings.ToLower(question.Name)+" "+dns.TypeToString[question.Qtype]]
	for _, line := range lines {
		record, err := dns.NewRR(line)
		if err != nil {
			panic(err)
		}
		answer.Answer = append(answer.Answer, record)
	}
	_ = w.WriteMsg(answer)
}

func (s *siteResolver) serve(t *testing.T, namespace *nstest.Namespace, address string) {
	t.Helper()
	namespace.Do(func() {
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		server := &dns.Server{PacketConn: packets, Handler: s}
		go func() { _ = server.ActivateAndServe() }()
		t.Cleanup(func() { _ = server.Shutdown() })
	})
}

// namesLab is the lab with resources by name and both resolver children.
type namesLab struct {
	*lab
	resolver       *siteResolver
	device, remote *names.Names
}

func newNamesLab(t *testing.T) *namesLab {
	t.Helper()
	n := &namesLab{lab: newLab(t), resolver: &siteResolver{records: map[string][]string{}}}
	n.resolver.serve(t, n.resource, "10.50.0.10:53")
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	emit := func(event ports.Event) {
		select {
		case n.events <- event:
		default:
		}
	}
	options := names.Options{Device: n.lab.device, Gateway: n.lab.gateway, Emit: emit, Log: log}
	n.device, n.remote = names.New(options), names.New(options)
	t.Cleanup(func() {
		_ = n.device.Leave(context.Background())
		_ = n.remote.Leave(context.Background())
	})
	http := []object.PortRange{{First: 8080, Last: 8080}}
	n.gatewayConfig.Resolvers = []netip.Addr{netip.MustParseAddr("10.50.0.10")}
	n.gatewayConfig.Resources = []object.Resource{
		{ID: "res_lan", Targets: []object.Target{
			{Prefix: netip.MustParsePrefix("10.50.0.0/24"), Proto: "any"},
			{Prefix: netip.MustParsePrefix("fd50::/64"), Proto: "any"}}},
		{ID: "res_wiki", Targets: []object.Target{
			{Domain: "wiki.corp.example", Proto: "tcp", Ports: http},
			{Domain: "*.apps.corp.example", Proto: "tcp", Ports: http}}},
	}
	n.tunnel.Sites[0].Routes = nil
	n.tunnel.DNS = []object.DNSDomain{
		{Name: "wiki.corp.example", Site: "sit_a", Granted: true},
		{Name: "apps.corp.example", Wildcard: true, Site: "sit_a", Granted: true},
		{Name: "secret.corp.example", Site: "sit_a"},
	}
	return n
}

func (n *namesLab) open(t *testing.T) {
	t.Helper()
	n.configure(t)
	n.site.Do(func() {
		if err := n.remote.ServeGateway(context.Background(), n.gatewayConfig, nil); err != nil {
			t.Fatal(err)
		}
	})
	n.commit(t, upsert(n.grant("res_wiki"), time.Minute, time.Hour))
	n.connect(t)
	if err := n.device.ServeDevice(context.Background(), n.tunnel, nil); err != nil {
		t.Fatal(err)
	}
}

// askStub asks the device's own stub, as a program on the device would.
func askStub(t *testing.T, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: 5 * time.Second}
	question := new(dns.Msg).SetQuestion(name, kind)
	answer, _, err := client.Exchange(question, "100.96.1.2:53")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return answer
}

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
		answer := askStub(t, network, "wiki.corp.example.", kind)
		if answer.Rcode != dns.RcodeSuccess || len(answer.Answer) != 1 {
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
	if len(n.resolver.asked) != 0 {
		t.Errorf("asked inside, too: %v", n.resolver.asked)
	}
}
