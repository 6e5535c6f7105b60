//go:build linux || windows

package stub

import (
	"context"
	"net/netip"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/message"
	"sallyport.dev/netd/internal/dns/upstream"
)

const (
	// againAfter is how soon a name is asked for again that led nowhere.
	againAfter = 5 * time.Second
	// leastFor spares the link's resolver where answers are short-lived.
	leastFor      = time.Minute
	maxOfOneName  = 8
	gatewayPause  = 4 * time.Second
	maxGatewayTTL = 10 * time.Minute
)

// Gateways keeps asking the link's resolvers where the gateways are that a config names.
type Gateways struct {
	tell func(name string, addresses []netip.Addr)
	stop context.CancelFunc
}

// NewGateways asks nothing yet.
func NewGateways(tell func(name string, addresses []netip.Addr)) *Gateways {
	return &Gateways{tell: tell, stop: func() {}}
}

// Follow asks for the names of this config from now on; the former ones are forgotten.
func (g *Gateways) Follow(ctx context.Context, config channel.Config) {
	g.stop()
	ctx, g.stop = context.WithCancel(ctx)
	if len(config.Others) == 0 {
		return
	}
	for _, name := range config.Gateways {
		go g.follow(ctx, name, config.Others)
	}
}

func (g *Gateways) follow(ctx context.Context, name string, to []netip.AddrPort) {
	for {
		wait := g.once(ctx, name, to)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// once asks for both families and answers when to ask again.
func (g *Gateways) once(ctx context.Context, name string, to []netip.AddrPort) time.Duration {
	limited, cancel := context.WithTimeout(ctx, gatewayPause)
	defer cancel()
	found, seconds := []netip.Addr{}, uint32(message.MaxSeconds)
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := ask(limited, upstream.Way{Resolvers: to}, name, kind)
		if err != nil || answer.Empty() {
			continue
		}
		found = append(found, answer.Addresses()...)
		seconds = min(seconds, answer.Seconds())
	}
	if ctx.Err() != nil || len(found) == 0 {
		return againAfter
	}
	g.tell(name, found[:min(len(found), maxOfOneName)])
	return min(max(time.Duration(seconds)*time.Second, leastFor), maxGatewayTTL)
}
