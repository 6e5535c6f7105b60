package message

import (
	"errors"
	"net/netip"

	"github.com/miekg/dns"
)

const (
	// MinSeconds and MaxSeconds clamp every time to live that leaves us.
	MinSeconds = 10
	MaxSeconds = 3600
	// negativeSeconds clamps how long an absence may be remembered.
	negativeSeconds = 60
	maxAliases      = 16
	maxRecords      = 64
)

// ErrMismatch means that a message is not the answer to what was asked.
var ErrMismatch = errors.New("not the answer to this question")

// Answer is what a resolver said about one name, cut down to what was asked.
type Answer struct {
	Code      int
	Truncated bool
	// Alias is where a chain of aliases ends that the resolver did not follow; "" otherwise.
	Alias   string
	seconds uint32
	records []dns.RR
	denial  *dns.SOA
}

// ReadAnswer takes an answer of a resolver to (name, kind) with this id. Records that do not belong
// to the name or to its aliases are dropped, and so is everything beside the answer section.
func ReadAnswer(raw []byte, name string, kind uint16, id uint16) (Answer, error) {
	var m dns.Msg
	if err := m.Unpack(raw); err != nil {
		return Answer{}, err
	}
	if !m.Response || m.Id != id || len(m.Question) != 1 ||
		Fold(m.Question[0].Name) != name || m.Question[0].Qtype != kind {
		return Answer{}, ErrMismatch
	}
	answer := Answer{Code: m.Rcode, Truncated: m.Truncated, seconds: MaxSeconds}
	owner := name
	if kind != dns.TypeCNAME {
		owner = answer.follow(m.Answer, name)
	}
	for _, record := range m.Answer {
		header := record.Header()
		if Fold(header.Name) != owner || header.Rrtype != kind || header.Class != dns.ClassINET ||
			len(answer.records) == maxRecords {
			continue
		}
		answer.seconds = min(answer.seconds, header.Ttl)
		answer.records = append(answer.records, record)
	}
	if len(answer.records) == 0 {
		answer.denial = denial(m.Ns)
		if owner != name && answer.Code == dns.RcodeSuccess && answer.denial == nil {
			answer.Alias = owner
		}
	}
	return answer, nil
}

// follow walks the aliases from name; a loop ends it, and then no record matches.
func (a *Answer) follow(records []dns.RR, name string) string {
	for range maxAliases {
		next := ""
		for _, record := range records {
			if alias, ok := record.(*dns.CNAME); ok && Fold(alias.Hdr.Name) == name {
				next = Fold(alias.Target)
				a.seconds = min(a.seconds, alias.Hdr.Ttl)
			}
		}
		if next == "" {
			return name
		}
		name = next
	}
	return ""
}

func denial(records []dns.RR) *dns.SOA {
	for _, record := range records {
		if soa, ok := record.(*dns.SOA); ok {
			return soa
		}
	}
	return nil
}

// Seconds is how long the answer may be remembered.
func (a Answer) Seconds() uint32 { return max(MinSeconds, min(a.seconds, MaxSeconds)) }

// Shorten takes over the time to live of the aliases that led to this answer.
func (a *Answer) Shorten(before Answer) { a.seconds = min(a.seconds, before.seconds) }

// Addresses lists every address in the answer, hints of service bindings included.
func (a Answer) Addresses() []netip.Addr {
	found := []netip.Addr{}
	for _, record := range a.records {
		switch record := record.(type) {
		case *dns.A:
			found = appendAddress(found, record.A.To4())
		case *dns.AAAA:
			found = appendAddress(found, record.AAAA)
		default:
			if binding := bindingOf(record); binding != nil {
				found = append(found, hintsOf(binding)...)
			}
		}
	}
	return found
}

// Keep drops the addresses that are not accepted, and service bindings that lead to a name that is
// not ours: asking for that one would tell somebody else.
func (a *Answer) Keep(accepted map[netip.Addr]bool, ours func(name string) bool) {
	kept := a.records[:0]
	for _, record := range a.records {
		switch typed := record.(type) {
		case *dns.A:
			if addresses := appendAddress(nil, typed.A.To4()); len(addresses) == 0 || !accepted[addresses[0]] {
				continue
			}
		case *dns.AAAA:
			if addresses := appendAddress(nil, typed.AAAA); len(addresses) == 0 || !accepted[addresses[0]] {
				continue
			}
		default:
			if binding := bindingOf(record); binding != nil {
				if binding.Target != "." && !ours(Fold(binding.Target)) {
					continue
				}
				keepHints(binding, accepted)
			}
		}
		kept = append(kept, record)
	}
	a.records = kept
}

// Empty tells that nothing is left to say.
func (a Answer) Empty() bool { return len(a.records) == 0 }

// Write answers the query. Every record belongs to the name that was asked: where an alias led is
// nobody's business, and asking for it could leave the tunnel.
func (a Answer) Write(q Query) []byte {
	m := q.reply(a.Code)
	for _, record := range a.records {
		copied := dns.Copy(record)
		header := copied.Header()
		header.Name, header.Ttl = q.asked.Name, a.Seconds()
		m.Answer = append(m.Answer, copied)
	}
	if len(m.Answer) == 0 && a.denial != nil {
		soa := *a.denial
		soa.Hdr.Ttl = min(soa.Hdr.Ttl, negativeSeconds)
		soa.Minttl = min(soa.Minttl, negativeSeconds)
		m.Ns = []dns.RR{&soa}
	}
	return q.pack(m)
}

func appendAddress(list []netip.Addr, raw []byte) []netip.Addr {
	if address, ok := netip.AddrFromSlice(raw); ok {
		return append(list, address)
	}
	return list
}

func bindingOf(record dns.RR) *dns.SVCB {
	switch record := record.(type) {
	case *dns.SVCB:
		return record
	case *dns.HTTPS:
		return &record.SVCB
	}
	return nil
}

func hintsOf(binding *dns.SVCB) []netip.Addr {
	found := []netip.Addr{}
	for _, value := range binding.Value {
		switch hint := value.(type) {
		case *dns.SVCBIPv4Hint:
			for _, raw := range hint.Hint {
				found = appendAddress(found, raw.To4())
			}
		case *dns.SVCBIPv6Hint:
			for _, raw := range hint.Hint {
				found = appendAddress(found, raw)
			}
		}
	}
	return found
}

// keepHints drops hints that are not accepted; a hint without addresses goes as a whole.
func keepHints(binding *dns.SVCB, accepted map[netip.Addr]bool) {
	kept := binding.Value[:0]
	for _, value := range binding.Value {
		switch hint := value.(type) {
		case *dns.SVCBIPv4Hint:
			left := hint.Hint[:0]
			for _, raw := range hint.Hint {
				if list := appendAddress(nil, raw.To4()); len(list) > 0 && accepted[list[0]] {
					left = append(left, raw)
				}
			}
			if hint.Hint = left; len(left) == 0 {
				continue
			}
		case *dns.SVCBIPv6Hint:
			left := hint.Hint[:0]
			for _, raw := range hint.Hint {
				if list := appendAddress(nil, raw); len(list) > 0 && accepted[list[0]] {
					left = append(left, raw)
				}
			}
			if hint.Hint = left; len(left) == 0 {
				continue
			}
		}
		kept = append(kept, value)
	}
	binding.Value = kept
}

// Answers tells whether raw answers the query under this id; nothing else of it is looked at.
func Answers(raw []byte, q Query, id uint16) bool {
	var m dns.Msg
	if err := m.Unpack(raw); err != nil {
		return false
	}
	return m.Response && m.Id == id && len(m.Question) == 1 &&
		Fold(m.Question[0].Name) == q.Name && m.Question[0].Qtype == q.Type
}
