//go:build linux

package stub

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/zone"
)

var client = netip.MustParseAddr("100.96.1.2")

// opener is a netd that opens what it is told to and remembers the order of things.
type opener struct {
	mutex   sync.Mutex
	granted bool
	opens   map[netip.Addr]bool
	found   []Found
}

func (o *opener) Permit(context.Context, netip.Addr, string) bool { return o.granted }

func (o *opener) Learn(_ context.Context, found Found) map[netip.Addr]bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.found = append(o.found, found)
	return o.opens
}

// socketsOfOnePort tries again: a port that is free for UDP may be taken for TCP by whoever else works
// on this machine.
func socketsOfOnePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 100 {
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		streams, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, streams
		}
		_ = packets.Close()
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

// resolverOn serves DNS by UDP and TCP on loopback and answers where.
func resolverOn(t *testing.T, handle dns.HandlerFunc) netip.AddrPort {
	t.Helper()
	packets, streams := socketsOfOnePort(t)
	for _, server := range []*dns.Server{{PacketConn: packets, Handler: handle}, {Listener: streams, Handler: handle}} {
		go func() { _ = server.ActivateAndServe() }()
		t.Cleanup(func() { _ = server.Shutdown() })
	}
	return netip.MustParseAddrPort(packets.LocalAddr().String())
}

func told(q *dns.Msg, lines ...string) *dns.Msg {
	answer := new(dns.Msg).SetReply(q)
	for _, line := range lines {
		record, err := dns.NewRR(line)
		if err != nil {
			panic(err)
		}
		answer.Answer = append(answer.Answer, record)
	}
	return answer
}

func resolverFor(netd Netd, config channel.Config) *Resolver {
	r := &Resolver{netd: netd}
	r.router.Store(newRouter(config))
	return r
}

func question(t *testing.T, name string, kind uint16) []byte {
	t.Helper()
	raw, err := new(dns.Msg).SetQuestion(name, kind).Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func answered(t *testing.T, raw []byte) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	if err := m.Unpack(raw); err != nil {
		t.Fatalf("%x: %v", raw, err)
	}
	return m
}

func inside(resolvers ...netip.AddrPort) channel.Config {
	return channel.Config{Zones: []channel.Zone{{
		Pattern: zone.ParsePattern("*.corp.example"), Resolvers: resolvers}}}
}

func TestALongAnswerIsFetchedByTCP(t *testing.T) {
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		answer := told(q)
		if w.LocalAddr().Network() == "udp" {
			answer.Truncated = true
		} else {
			answer = told(q, "git.corp.example. 60 A 10.50.0.10")
		}
		_ = w.WriteMsg(answer)
	})
	netd := &opener{opens: map[netip.Addr]bool{netip.MustParseAddr("10.50.0.10"): true}}
	raw := resolverFor(netd, inside(at)).answerTo(question(t, "git.corp.example.", dns.TypeA), client, false)
	if m := answered(t, raw); len(m.Answer) != 1 {
		t.Errorf("%v", m)
	}
}

func TestAnAliasWithoutAnEndIsFollowed(t *testing.T) {
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		switch q.Question[0].Name {
		case "git.corp.example.":
			_ = w.WriteMsg(told(q, "git.corp.example. 20 CNAME host.corp.example."))
		case "host.corp.example.":
			_ = w.WriteMsg(told(q, "host.corp.example. 600 A 10.50.0.10"))
		default:
			_ = w.WriteMsg(told(q, q.Question[0].Name+" 20 CNAME x"+q.Question[0].Name))
		}
	})
	netd := &opener{opens: map[netip.Addr]bool{netip.MustParseAddr("10.50.0.10"): true}}
	r := resolverFor(netd, inside(at))
	m := answered(t, r.answerTo(question(t, "git.corp.example.", dns.TypeA), client, false))
	if len(m.Answer) != 1 || m.Answer[0].Header().Ttl != 20 || m.Answer[0].Header().Name != "git.corp.example." {
		t.Errorf("%v", m)
	}
	endless := answered(t, r.answerTo(question(t, "loop.corp.example.", dns.TypeA), client, false))
	if endless.Rcode != dns.RcodeServerFailure {
		t.Errorf("%v", endless)
	}
}

func TestTheSecondResolverIsAskedWhenTheFirstIsSilent(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(told(q, "git.corp.example. 60 TXT hello"))
	})
	first := netip.MustParseAddrPort(silent.LocalAddr().String())
	r := resolverFor(&opener{}, inside(first, at))
	m := answered(t, r.answerTo(question(t, "git.corp.example.", dns.TypeTXT), client, false))
	if len(m.Answer) != 1 {
		t.Errorf("%v", m)
	}
}

func TestNothingIsToldThatNetdDidNotOpen(t *testing.T) {
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		_ = w.WriteMsg(told(q, "git.corp.example. 60 A 10.50.0.10", "git.corp.example. 60 A 10.50.0.11"))
	})
	netd := &opener{opens: map[netip.Addr]bool{}}
	r := resolverFor(netd, inside(at))
	ask := question(t, "git.corp.example.", dns.TypeA)
	if m := answered(t, r.answerTo(ask, client, false)); m.Rcode != dns.RcodeServerFailure {
		t.Errorf("%v", m)
	}
	netd.opens[netip.MustParseAddr("10.50.0.11")] = true
	m := answered(t, r.answerTo(ask, client, false))
	if len(m.Answer) != 1 || !strings.Contains(m.Answer[0].String(), "10.50.0.11") {
		t.Errorf("%v", m)
	}
	if len(netd.found) != 2 || netd.found[0].Client != client || len(netd.found[0].Addresses) != 2 {
		t.Errorf("netd heard %+v", netd.found)
	}
}

func TestAGatewayAsksNobodyWithoutAPermit(t *testing.T) {
	asked := make(chan string, 10)
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		asked <- q.Question[0].Name
		_ = w.WriteMsg(told(q))
	})
	config := inside(at)
	config.Permit = true
	r := resolverFor(&opener{}, config)
	for name, code := range map[string]int{
		"git.corp.example.": dns.RcodeRefused, "www.public.test.": dns.RcodeRefused,
	} {
		if m := answered(t, r.answerTo(question(t, name, dns.TypeA), client, false)); m.Rcode != code {
			t.Errorf("%s: %v", name, m)
		}
	}
	if len(asked) > 0 {
		t.Errorf("asked for %s", <-asked)
	}
}

func TestOtherNamesAreHandedOnAsTheyAre(t *testing.T) {
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		if q.IsEdns0() == nil || !q.CheckingDisabled || q.Question[0].Name != "wWw.Public.test." {
			_ = w.WriteMsg(new(dns.Msg).SetRcode(q, dns.RcodeFormatError))
			return
		}
		answer := told(q, "wWw.Public.test. 1 CNAME edge.cdn.test.", "edge.cdn.test. 1 A 198.51.100.7")
		_ = w.WriteMsg(answer)
	})
	r := resolverFor(&opener{}, channel.Config{Others: []netip.AddrPort{at}})
	m := new(dns.Msg).SetQuestion("wWw.Public.test.", dns.TypeA)
	m.CheckingDisabled = true
	m.SetEdns0(4096, true)
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	for _, tcp := range []bool{false, true} {
		got := answered(t, r.answerTo(raw, client, tcp))
		if got.Id != m.Id || len(got.Answer) != 2 || got.Answer[1].Header().Ttl != 1 {
			t.Errorf("by TCP %v: %v", tcp, got)
		}
	}
}

func TestOneClientCannotTakeAllTurns(t *testing.T) {
	s := NewServer(&opener{})
	for range maxOfOneClient {
		if !s.enter(client) {
			t.Fatal("refused too early")
		}
	}
	other := netip.MustParseAddr("100.96.1.3")
	if s.enter(client) || !s.enter(other) {
		t.Error("one client's turns are not its own")
	}
	s.exit(client)
	if !s.enter(client) {
		t.Error("a turn that ended does not come back")
	}
}

func TestSocketsAreServedAndEnd(t *testing.T) {
	s := NewServer(&opener{})
	packets, streams := socketsOfOnePort(t)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = s.ServePackets(ctx, packets) })
	all.Go(func() { _ = s.ServeStreams(ctx, streams) })
	for _, network := range []string{"udp", "tcp"} {
		c := dns.Client{Net: network, Timeout: 20 * time.Second}
		m, _, err := c.Exchange(new(dns.Msg).SetQuestion("a.test.", dns.TypeA), packets.LocalAddr().String())
		if err != nil || m.Rcode != dns.RcodeRefused {
			t.Errorf("%s: %v, %v", network, m, err)
		}
	}
	cancel()
	all.Wait()
}

func TestNamesInUseAreAskedForAgain(t *testing.T) {
	at := resolverOn(t, func(w dns.ResponseWriter, q *dns.Msg) {
		line := " 60 A 10.50.0.10"
		if q.Question[0].Qtype == dns.TypeAAAA {
			line = " 60 AAAA fd50::10"
		}
		_ = w.WriteMsg(told(q, q.Question[0].Name+line))
	})
	netd := &opener{opens: map[netip.Addr]bool{}}
	s := NewServer(netd)
	s.Configure(inside(at))
	s.Again([]string{"git.corp.example", "www.public.test"})
	if len(netd.found) != 2 || netd.found[0].Name != "git.corp.example" {
		t.Errorf("netd heard %+v", netd.found)
	}
}
