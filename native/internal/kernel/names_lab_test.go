//go:build linux

package kernel

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
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
	options        names.Options
}

func newNamesLab(t *testing.T) *namesLab {
	t.Helper()
	n := newNamesLabWithout(t)
	n.resolver.serve(t, n.resource, "10.50.0.10:53")
	return n
}

// newNamesLabWithout leaves the place of the site's resolver free.
func newNamesLabWithout(t *testing.T) *namesLab {
	t.Helper()
	n := &namesLab{lab: newLab(t), resolver: &siteResolver{records: map[string][]string{}}}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	emit := func(event ports.Event) {
		select {
		case n.events <- event:
		default:
		}
	}
	options := names.Options{Link: guard.LinkName, Device: n.lab.device,
		Gateway: n.lab.gateway, Emit: emit, Log: log}
	n.options = options
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
	n.commit(t, upsert(n.grant("res_wiki"), lasting, time.Hour))
	n.connect(t)
	if err := n.device.ServeDevice(context.Background(), n.tunnel, nil); err != nil {
		t.Fatal(err)
	}
}

// askStub asks the device's own stub, as a program on the device would.
func askStub(t *testing.T, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: patience}
	question := new(dns.Msg).SetQuestion(name, kind)
	answer, _, err := client.Exchange(question, "100.96.1.2:53")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return answer
}

// resolved asks until the name is told: on a busy machine the site's resolver may be too slow at first.
func resolved(t *testing.T, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	answer := askStub(t, network, name, kind)
	until(t, name+" is told", func() bool {
		if answer.Rcode != dns.RcodeSuccess {
			answer = askStub(t, network, name, kind)
		}
		return answer.Rcode == dns.RcodeSuccess
	})
	return answer
}

func (s *siteResolver) heard() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.asked)
}

// otherResolver stands for the machine's own resolver: it knows where everything else is asked.
type otherResolver struct{ at netip.AddrPort }

func (o otherResolver) Take(systemdns.Wanted) (systemdns.State, error) {
	return systemdns.State{Mode: "file", Others: []netip.AddrPort{o.at}}, nil
}

func (o otherResolver) Release(string) error { return nil }
