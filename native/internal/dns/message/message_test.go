package message

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

func TestWhatIsNoPlainQuestionIsRefused(t *testing.T) {
	for what, c := range map[string]struct {
		build func(*dns.Msg)
		code  int
	}{
		"an update":             {func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }, dns.RcodeNotImplemented},
		"two questions":         {func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }, dns.RcodeFormatError},
		"no question":           {func(m *dns.Msg) { m.Question = nil }, dns.RcodeFormatError},
		"a zone transfer":       {func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeAXFR }, dns.RcodeNotImplemented},
		"everything":            {func(m *dns.Msg) { m.Question[0].Qtype = dns.TypeANY }, dns.RcodeNotImplemented},
		"another class":         {func(m *dns.Msg) { m.Question[0].Qclass = dns.ClassCHAOS }, dns.RcodeRefused},
		"an answer beside it":   {func(m *dns.Msg) { m.Answer = []dns.RR{address("a.", "192.0.2.1")} }, dns.RcodeFormatError},
		"a record beside it":    {func(m *dns.Msg) { m.Extra = []dns.RR{address("a.", "192.0.2.1")} }, dns.RcodeFormatError},
		"another EDNS":          {func(m *dns.Msg) { m.SetEdns0(1232, false); m.IsEdns0().SetVersion(1) }, dns.RcodeBadVers & 0xf},
		"an update of the time": {func(m *dns.Msg) { m.Opcode = dns.OpcodeNotify }, dns.RcodeNotImplemented},
	} {
		query, refusal := Read(packed(t, c.build))
		var m dns.Msg
		if query.Type != 0 || m.Unpack(refusal) != nil || m.Rcode != c.code {
			t.Errorf("%s: %v, %v", what, query, m)
		}
	}
	if query, refusal := Read(packed(t, func(m *dns.Msg) { m.Response = true })); query.Type != 0 || refusal != nil {
		t.Error("an answer was answered: two stubs could talk for ever")
	}
}

func address(name, text string) dns.RR {
	kind := "A"
	if strings.Contains(text, ":") {
		kind = "AAAA"
	}
	record, err := dns.NewRR(name + " 30 " + kind + " " + text)
	if err != nil {
		panic(err)
	}
	return record
}

func answerOf(t *testing.T, kind uint16, records ...string) Answer {
	t.Helper()
	raw := packed(t, func(m *dns.Msg) {
		m.Id, m.Response, m.Question[0].Qtype = 7, true, kind
		for _, line := range records {
			record, err := dns.NewRR(line)
			if err != nil {
				t.Fatal(err)
			}
			m.Answer = append(m.Answer, record)
		}
	})
	answer, err := ReadAnswer(raw, "wiki.corp.example", kind, 7)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestOnlyWhatBelongsToTheNameIsRead(t *testing.T) {
	answer := answerOf(t, dns.TypeA, "other.corp.example. 30 A 192.0.2.9",
		"wiki.corp.example. 5 CNAME Lb.corp.example.", "lb.corp.example. 90000 A 10.50.0.10")
	got := answer.Addresses()
	if len(got) != 1 || got[0] != netip.MustParseAddr("10.50.0.10") || answer.Seconds() != MinSeconds {
		t.Errorf("%v for %d s", got, answer.Seconds())
	}
	if long := answerOf(t, dns.TypeA, "wiki.corp.example. 90000 A 10.50.0.10"); long.Seconds() != MaxSeconds {
		t.Errorf("remembered for %d s", long.Seconds())
	}
	if open := answerOf(t, dns.TypeA, "wiki.corp.example. 5 CNAME far.test."); open.Alias != "far.test" {
		t.Errorf("an alias without an end: %+v", open)
	}
	if loop := answerOf(t, dns.TypeA, "wiki.corp.example. 5 CNAME a.", "a. 5 CNAME wiki.corp.example."); !loop.Empty() || loop.Alias != "" {
		t.Errorf("a loop: %+v", loop)
	}
}

func TestAttackSpoofedAnswersAreNoise(t *testing.T) {
	raw := packed(t, func(m *dns.Msg) { m.Id, m.Response = 7, true })
	for what, c := range map[string]struct {
		name string
		kind uint16
		id   uint16
	}{
		"another id": {"wiki.corp.example", dns.TypeA, 8}, "another name": {"git.corp.example", dns.TypeA, 7},
		"another type": {"wiki.corp.example", dns.TypeAAAA, 7},
	} {
		if _, err := ReadAnswer(raw, c.name, c.kind, c.id); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func TestTheAnswerSaysNothingOfTheAlias(t *testing.T) {
	answer := answerOf(t, dns.TypeA, "wiki.corp.example. 30 CNAME db7.internal.corp.example.",
		"db7.internal.corp.example. 30 A 10.50.0.10", "db7.internal.corp.example. 30 A 203.0.113.1")
	answer.Keep(map[netip.Addr]bool{netip.MustParseAddr("10.50.0.10"): true}, func(string) bool { return true })
	query, _ := Read(packed(t, func(*dns.Msg) {}))
	var m dns.Msg
	if err := m.Unpack(answer.Write(query)); err != nil || len(m.Answer) != 1 ||
		strings.Contains(m.String(), "db7") || m.Authoritative || m.AuthenticatedData {
		t.Errorf("%v, %v", m.String(), err)
	}
}

func TestWhatDoesNotFitIsCutAndSaidSo(t *testing.T) {
	lines := []string{}
	for index := range 60 {
		lines = append(lines, "wiki.corp.example. 30 A 10.50.0."+string(rune('1'+index%9)))
	}
	answer := answerOf(t, dns.TypeA, lines...)
	query, _ := Read(packed(t, func(*dns.Msg) {}))
	var m dns.Msg
	fit := query.Fit(answer.Write(query))
	if err := m.Unpack(fit); err != nil || !m.Truncated || len(fit) > dns.MinMsgSize {
		t.Errorf("%d bytes, truncated %v, %v", len(fit), m.Truncated, err)
	}
}
