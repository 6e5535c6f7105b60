package message

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"
)

func packed(t testing.TB, build func(*dns.Msg)) []byte {
	t.Helper()
	m := new(dns.Msg).SetQuestion("wiki.corp.example.", dns.TypeA)
	build(m)
	raw, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// FuzzRead feeds arbitrary bytes to the part that programs and devices reach.
func FuzzRead(f *testing.F) {
	f.Add(packed(f, func(*dns.Msg) {}))
	f.Add(packed(f, func(m *dns.Msg) { m.SetEdns0(4096, true) }))
	f.Add(packed(f, func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }))
	f.Add([]byte{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		query, refusal := Read(raw)
		answers := [][]byte{refusal}
		if query.Type != 0 {
			if refusal != nil {
				t.Fatal("accepted and refused")
			}
			answers = append(answers, query.Fails(dns.RcodeServerFailure), query.Fit(query.Fails(0)))
			if ask, err := Ask(query.Name, query.Type, 7); err == nil {
				if again, _ := Read(ask); again.Name != query.Name || again.Type != query.Type {
					t.Fatalf("asked for %q as %q", query.Name, again.Name)
				}
			}
		}
		for _, answer := range answers {
			if answer == nil {
				continue
			}
			var m dns.Msg
			if err := m.Unpack(answer); err != nil || !m.Response || len(m.Answer) > 0 ||
				answer[0] != raw[0] || answer[1] != raw[1] {
				t.Fatalf("not a bare answer to this: %v %v", m, err)
			}
		}
	})
}

// FuzzReadAnswer feeds arbitrary bytes as the answer of a hostile resolver.
func FuzzReadAnswer(f *testing.F) {
	reply := func(lines ...string) []byte {
		return packed(f, func(m *dns.Msg) {
			m.Id, m.Response = 7, true
			for _, line := range lines {
				record, err := dns.NewRR(line)
				if err != nil {
					f.Fatal(err)
				}
				m.Answer = append(m.Answer, record)
			}
		})
	}
	f.Add(reply("wiki.corp.example. 1 A 10.50.0.10"))
	f.Add(reply("wiki.corp.example. 1 CNAME a.b.", "a.b. 9 A 10.50.0.11"))
	f.Add(reply("wiki.corp.example. 1 CNAME wiki.corp.example."))
	f.Add(reply(`wiki.corp.example. 1 HTTPS 1 . alpn="h2" ipv4hint="10.50.0.10"`))
	good := netip.MustParseAddr("10.50.0.10")
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeHTTPS, dns.TypeTXT} {
			query, _ := Read(packed(t, func(m *dns.Msg) { m.Question[0].Qtype = kind }))
			answer, err := ReadAnswer(raw, "wiki.corp.example", kind, 7)
			if err != nil {
				continue
			}
			answer.Keep(map[netip.Addr]bool{good: true}, func(string) bool { return false })
			for _, address := range answer.Addresses() {
				if address != good {
					t.Fatalf("%s was kept", address)
				}
			}
			var m dns.Msg
			if err := m.Unpack(query.Fit(answer.Write(query))); err != nil {
				t.Fatal(err)
			}
			for _, record := range m.Answer {
				header := record.Header()
				if header.Name != "wiki.corp.example." || header.Ttl < MinSeconds || header.Ttl > MaxSeconds {
					t.Fatalf("told: %s", record)
				}
			}
		}
	})
}
