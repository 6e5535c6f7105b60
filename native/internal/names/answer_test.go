//go:build linux || windows

package names

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/ports"
)

// kernel remembers what reached it.
type kernel struct {
	learned  []ports.Named
	gateways []string
	granted  bool
}

func (k *kernel) Permit(netip.Addr, string) bool { return k.granted }

func (k *kernel) Learn(_ context.Context, found ports.Named) ([]netip.Addr, error) {
	k.learned = append(k.learned, found)
	return found.Addresses[:1], errors.New("the rest is somebody else's")
}

func (k *kernel) LearnGateway(_ context.Context, name string, _ []netip.Addr) error {
	k.gateways = append(k.gateways, name)
	return nil
}

func (k *kernel) LiveNames() []string               { return nil }
func (k *kernel) Carriers() map[string][]netip.Addr { return nil }
func (k *kernel) KeepNames(context.Context)         {}

func namesAbove(k *kernel, allowed ...string) *Names {
	n := New(Options{Device: k, Gateway: k, Emit: func(ports.Event) {},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	prefixes := []netip.Prefix{}
	for _, text := range allowed {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	n.learner.Store(&learner{permit: k.Permit, learn: k.Learn, allowed: prefixes})
	n.gateways.Store(&[]string{"vpn.public.test"})
	return n
}

func addresses(texts ...string) []netip.Addr {
	found := []netip.Addr{}
	for _, text := range texts {
		found = append(found, netip.MustParseAddr(text))
	}
	return found
}

func TestAttackATakenChildOpensNothing(t *testing.T) {
	k := &kernel{granted: true}
	n := namesAbove(k, "10.50.0.0/16")
	for what, request := range map[string]channel.Request{
		"a name for the log":      {Ask: channel.Learn, Name: "a\nb", Addresses: addresses("10.50.0.1")},
		"a name for the shell":    {Ask: channel.Learn, Name: "$(id)", Addresses: addresses("10.50.0.1")},
		"an address beyond":       {Ask: channel.Learn, Name: "a.example", Addresses: addresses("10.60.0.1")},
		"loopback":                {Ask: channel.Learn, Name: "a.example", Addresses: addresses("127.0.0.1", "::1")},
		"metadata":                {Ask: channel.Learn, Name: "a.example", Addresses: addresses("169.254.169.254")},
		"too many":                {Ask: channel.Learn, Name: "a.example", Addresses: make([]netip.Addr, 1000)},
		"no address at all":       {Ask: channel.Learn, Name: "a.example", Addresses: make([]netip.Addr, 2)},
		"a gateway of its own":    {Ask: channel.Gateway, Name: "vpn.evil.test", Addresses: addresses("192.0.2.1")},
		"a verb that nobody made": {Ask: "grant", Name: "a.example", Addresses: addresses("10.50.0.1")},
	} {
		if reply := n.answer(request); len(reply.Accepted) > 0 || reply.Granted && request.Ask != channel.Learn {
			t.Errorf("%s: %+v", what, reply)
		}
	}
	if len(k.learned)+len(k.gateways) > 0 {
		t.Errorf("reached the kernel: %v %v", k.learned, k.gateways)
	}
}

func TestOnlyWhatTheKernelTookIsTold(t *testing.T) {
	k := &kernel{granted: true}
	request := channel.Request{Ask: channel.Learn, Name: "a.example", Seconds: 1 << 31,
		Addresses: addresses("10.50.0.1", "10.50.0.1", "10.50.0.2", "192.168.0.1")}
	reply := namesAbove(k, "10.50.0.0/16").answer(request)
	if !slices.Equal(reply.Accepted, addresses("10.50.0.1")) {
		t.Errorf("%+v", reply)
	}
	if len(k.learned) != 1 || len(k.learned[0].Addresses) != 2 || k.learned[0].For.Hours() != 1 {
		t.Errorf("%+v", k.learned)
	}
	k.granted = false
	if reply := namesAbove(k).answer(request); reply.Granted || len(k.learned) != 1 {
		t.Errorf("without a grant: %+v", reply)
	}
}
