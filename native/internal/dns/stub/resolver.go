//go:build linux || windows

package stub

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/message"
	"sallyport.dev/netd/internal/dns/upstream"
)

const (
	// resolveTime is the whole time for one question: a client waits 5 s.
	resolveTime = 4500 * time.Millisecond
	maxHops     = 8
)

// Netd is asked about everything that a question could open.
type Netd interface {
	// Permit tells whether the client may ask for the name at all.
	Permit(ctx context.Context, client netip.Addr, name string) bool
	// Learn makes the addresses reachable and answers those that may be told to the client.
	Learn(ctx context.Context, found Found) (accepted map[netip.Addr]bool)
}

// Found is what an answer says about a name.
type Found struct {
	Client    netip.Addr
	Name      string
	Addresses []netip.Addr
	Seconds   uint32
}

// Resolver answers single messages. It keeps no answers: what it told is what netd opened.
type Resolver struct {
	router atomic.Pointer[router]
	netd   Netd
}

// answerTo gives the bytes for one message of a client; nil: no answer at all.
func (r *Resolver) answerTo(raw []byte, client netip.Addr, tcp bool) []byte {
	query, refusal := message.Read(raw)
	if query.Type == 0 {
		return refusal
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveTime)
	defer cancel()
	router := r.router.Load()
	where, resolvers := router.route(query.Name)
	var answer []byte
	switch {
	case where == absent:
		return query.Fails(dns.RcodeNameError)
	case where == outside && len(resolvers) == 0:
		return query.Fails(dns.RcodeRefused)
	case where == outside:
		return relay(ctx, resolvers, raw, query, tcp)
	case len(resolvers) == 0:
		return query.Fails(dns.RcodeServerFailure)
	case router.permit && !r.netd.Permit(ctx, client, query.Name):
		return query.Fails(dns.RcodeRefused)
	default:
		way := upstream.Way{Resolvers: resolvers, Link: router.link}
		answer = r.resolve(ctx, router, asked{query, client, way})
	}
	if !tcp {
		answer = query.Fit(answer)
	}
	return answer
}

// relay hands a question for somebody else on as it is, by the transport it came by, under an id of
// its own.
func relay(ctx context.Context, to []netip.AddrPort, raw []byte, q message.Query, tcp bool) []byte {
	own := append([]byte{}, raw...)
	id := uint16(rand.Uint32())
	binary.BigEndian.PutUint16(own, id)
	accept := func(answer []byte) bool { return message.Answers(answer, q, id) }
	ask := upstream.UDP
	if tcp {
		ask = upstream.TCP
	}
	answer, err := ask(ctx, upstream.Way{Resolvers: to}, own, accept)
	if err != nil {
		return q.Fails(dns.RcodeServerFailure)
	}
	copy(answer, raw[:2])
	return answer
}

type asked struct {
	query  message.Query
	client netip.Addr
	way    upstream.Way
}

// resolve asks inside, follows aliases that the resolver left open, has netd open what was found,
// and only then answers.
func (r *Resolver) resolve(ctx context.Context, router *router, a asked) []byte {
	answer, err := chase(ctx, a.way, a.query)
	if err != nil {
		return a.query.Fails(dns.RcodeServerFailure)
	}
	if answer.Code != dns.RcodeSuccess && answer.Code != dns.RcodeNameError {
		return a.query.Fails(dns.RcodeServerFailure)
	}
	addresses := answer.Addresses()
	accepted := map[netip.Addr]bool{}
	if len(addresses) > 0 {
		accepted = r.netd.Learn(ctx, Found{
			Client: a.client, Name: a.query.Name, Addresses: addresses, Seconds: answer.Seconds(),
		})
	}
	before := answer.Empty()
	answer.Keep(accepted, router.ours)
	if answer.Empty() && !before && len(addresses) > 0 {
		// Addresses that nobody may be told: the name exists, so "no such name" would be a lie.
		return a.query.Fails(dns.RcodeServerFailure)
	}
	return answer.Write(a.query)
}

// chase asks for the name and then for the aliases that came back without an end.
func chase(ctx context.Context, way upstream.Way, q message.Query) (message.Answer, error) {
	answer, err := ask(ctx, way, q.Name, q.Type)
	for hop := 0; err == nil && answer.Alias != ""; hop++ {
		if hop == maxHops {
			return message.Answer{}, errors.New("aliases without an end")
		}
		var next message.Answer
		next, err = ask(ctx, way, answer.Alias, q.Type)
		next.Shorten(answer)
		answer = next
	}
	return answer, err
}

func ask(ctx context.Context, way upstream.Way, name string, kind uint16) (message.Answer, error) {
	id := uint16(rand.Uint32())
	raw, err := message.Ask(name, kind, id)
	if err != nil {
		return message.Answer{}, err
	}
	var answer message.Answer
	accept := func(raw []byte) bool {
		var err error
		answer, err = message.ReadAnswer(raw, name, kind, id)
		return err == nil
	}
	if _, err = upstream.UDP(ctx, way, raw, accept); err == nil && answer.Truncated {
		_, err = upstream.TCP(ctx, way, raw, accept)
	}
	return answer, err
}
