// Package message reads questions and writes answers, as bytes of the wire. Whatever arrives is
// hostile: what is not one plain question is refused without a look further. It is pure.
package message

import (
	"strings"

	"github.com/miekg/dns"
)

const (
	// UDPSize is what an answer by UDP may have at most: it fits every path without fragments.
	UDPSize = 1232
	// MaxSize bounds a message by TCP.
	MaxSize = 65535
)

// Query is one question that was found well-formed.
type Query struct {
	Name  string // lower case, without the last dot
	Type  uint16
	id    uint16
	wish  bool // recursion desired
	edns  bool
	check bool // checking disabled
	size  int  // bytes that an answer by UDP may have for this client
	asked dns.Question
}

// Read parses a question. Without one it answers the refusal to send, or nothing when the bytes
// deserve no answer.
func Read(raw []byte) (query Query, refusal []byte) {
	if len(raw) < 12 || raw[2]&0x80 != 0 {
		return Query{}, nil
	}
	var m dns.Msg
	if err := m.Unpack(raw); err != nil {
		return Query{}, refuse(raw, dns.RcodeFormatError)
	}
	option, others := m.IsEdns0(), len(m.Extra)
	if option != nil {
		others--
	}
	switch {
	case m.Opcode != dns.OpcodeQuery:
		return Query{}, refuse(raw, dns.RcodeNotImplemented)
	case len(m.Question) != 1 || len(m.Answer)+len(m.Ns)+others > 0:
		return Query{}, refuse(raw, dns.RcodeFormatError)
	case option != nil && option.Version() != 0:
		return Query{}, refuse(raw, dns.RcodeBadVers)
	case m.Question[0].Qclass != dns.ClassINET:
		return Query{}, refuse(raw, dns.RcodeRefused)
	}
	switch m.Question[0].Qtype {
	case dns.TypeAXFR, dns.TypeIXFR, dns.TypeANY, dns.TypeMAILA, dns.TypeMAILB, dns.TypeOPT,
		dns.TypeTKEY, dns.TypeTSIG, dns.TypeNone:
		return Query{}, refuse(raw, dns.RcodeNotImplemented)
	}
	size := dns.MinMsgSize
	if option != nil {
		size = max(size, min(int(option.UDPSize()), UDPSize))
	}
	return Query{
		Name: Fold(m.Question[0].Name), Type: m.Question[0].Qtype, id: m.Id,
		wish: m.RecursionDesired, edns: option != nil, check: m.CheckingDisabled, size: size,
		asked: m.Question[0],
	}, nil
}

// Fold brings a name of the wire into the form of configs.
func Fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// refuse answers with the head of what came; the question is not repeated since it was not read.
func refuse(raw []byte, code int) []byte {
	m := dns.Msg{MsgHdr: dns.MsgHdr{
		Id: uint16(raw[0])<<8 | uint16(raw[1]), Response: true, Rcode: code & 0xf,
		Opcode: int(raw[2]>>3) & 0xf,
	}}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

// Ask makes the question that goes on: of the client's own it keeps name and type, nothing else.
func Ask(name string, kind uint16, id uint16) ([]byte, error) {
	m := dns.Msg{MsgHdr: dns.MsgHdr{Id: id, RecursionDesired: true}}
	m.Question = []dns.Question{{Name: dns.Fqdn(name), Qtype: kind, Qclass: dns.ClassINET}}
	m.SetEdns0(UDPSize, false)
	return m.Pack()
}

// Fails answers the query with a bare code.
func (q Query) Fails(code int) []byte { return q.pack(q.reply(code)) }

func (q Query) reply(code int) *dns.Msg {
	m := &dns.Msg{MsgHdr: dns.MsgHdr{
		Id: q.id, Response: true, RecursionDesired: q.wish, RecursionAvailable: true,
		CheckingDisabled: q.check, Rcode: code,
	}}
	m.Question = []dns.Question{q.asked}
	return m
}

func (q Query) pack(m *dns.Msg) []byte {
	if q.edns {
		m.SetEdns0(UDPSize, false)
	}
	m.Compress = true
	packed, err := m.Pack()
	if err != nil || len(packed) > MaxSize {
		m.Answer, m.Ns, m.Rcode = nil, nil, dns.RcodeServerFailure
		if packed, err = m.Pack(); err != nil {
			return nil
		}
	}
	return packed
}

// Fit shortens a packed answer for UDP: what does not fit goes, and the client is told to ask by
// TCP.
func (q Query) Fit(raw []byte) []byte {
	if len(raw) <= q.size {
		return raw
	}
	var m dns.Msg
	if err := m.Unpack(raw); err != nil {
		return q.Fails(dns.RcodeServerFailure)
	}
	m.Compress = true
	m.Truncate(q.size)
	packed, err := m.Pack()
	if err != nil {
		return q.Fails(dns.RcodeServerFailure)
	}
	return packed
}
