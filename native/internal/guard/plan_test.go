//go:build linux

package guard

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/golden"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

func prefixList(texts ...string) []netip.Prefix {
	list := []netip.Prefix{}
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func example() ports.DeviceDesired {
	endpoint, _ := object.ParseEndpoint("10.52.0.2:51820")
	spare, _ := object.ParseEndpoint("[2001:db8::2]:51821")
	named, _ := object.ParseEndpoint("gw.corp.example:51820")
	return ports.DeviceDesired{
		PrivateKey: object.Key{9},
		Tunnel: object.Tunnel{
			State: "open", MTU: 1420, KeepaliveSeconds: 25,
			Addresses:         prefixList("100.96.1.2/32", "fd96:1:2::102/128"),
			ProtectedPrefixes: prefixList("10.50.0.0/15", "10.51.3.0/24", "10.52.0.0/16", "fd50::/48"),
			Bypass: []object.Bypass{
				{Address: netip.MustParseAddr("10.50.0.9"), Proto: "tcp", Port: 8443},
			},
			Sites: []object.Site{{
				Site:   "sit_a",
				Routes: prefixList("10.50.0.10/32", "172.16.0.0/24", "fd50::10/128"),
				Peers: []object.Peer{
					{
						PublicKey: object.Key{1}, Endpoints: []object.Endpoint{endpoint, spare},
						TunnelAddresses: []netip.Addr{netip.MustParseAddr("100.96.0.1")},
					},
					{
						PublicKey: object.Key{2}, Endpoints: []object.Endpoint{named},
						TunnelAddresses: []netip.Addr{netip.MustParseAddr("100.96.0.3")},
					},
				},
			}},
		},
	}
}

func describe(p plan) string {
	text := &strings.Builder{}
	for _, rule := range p.rules() {
		fmt.Fprintln(text, "rule", rule)
	}
	for _, item := range p.unreachable() {
		fmt.Fprintln(text, "unreachable", item.To, item.Metric)
	}
	for _, item := range p.openRoutes() {
		fmt.Fprintln(text, "route", item.To, item.Link, item.Metric)
	}
	for _, peer := range p.peers {
		fmt.Fprintf(text, "peer %x %v %v %d\n",
			peer.PublicKey[:1], peer.Endpoint, peer.AllowedIPs, peer.KeepaliveSeconds)
	}
	fmt.Fprintln(text, "names", p.unnamed)
	return text.String()
}

func TestRulesetOfTheGuard(t *testing.T) {
	golden.Check(t, "guard.nft", ruleset(newPlan(example(), paths{}, newNameBook())))
}

func TestPlanOfAnOpenTunnel(t *testing.T) {
	golden.Check(t, "open.txt", describe(newPlan(example(), paths{}, newNameBook())))
}

func TestABlockedTunnelKeepsTheGuardAndLosesTheRoutes(t *testing.T) {
	open := newPlan(example(), paths{}, newNameBook())
	byState, byVerb := example(), example()
	byState.Tunnel.State = "blocked"
	byVerb.Blocked = true
	for name, desired := range map[string]ports.DeviceDesired{"state": byState, "verb": byVerb} {
		blocked := newPlan(desired, paths{}, newNameBook())
		if len(blocked.openRoutes()) != 0 {
			t.Errorf("%s: routes into the tunnel: %v", name, blocked.openRoutes())
		}
		if ruleset(blocked) != ruleset(open) || fmt.Sprint(blocked.rules()) != fmt.Sprint(open.rules()) {
			t.Errorf("%s: the guard differs from that of an open tunnel", name)
		}
		for _, peer := range blocked.peers {
			if len(peer.AllowedIPs) != 1 {
				t.Errorf("%s: a peer may still send from %v", name, peer.AllowedIPs)
			}
		}
	}
}

func TestTheActivePeerCarriesTheRoutes(t *testing.T) {
	second := newPlan(example(), paths{active: map[string]int{"sit_a": 1}}, newNameBook())
	if got := len(second.peers[0].AllowedIPs); got != 1 {
		t.Errorf("the inactive peer may send from %d prefixes, not from its own address alone", got)
	}
	if got := len(second.peers[1].AllowedIPs); got != 4 {
		t.Errorf("the active peer has %d prefixes, want its address and three routes", got)
	}
}

func TestAnOpenPortalClosesWhenItsAddressIsGranted(t *testing.T) {
	use := paths{portal: portal{page: netip.MustParseAddrPort("10.50.0.10:8080")}}
	if p := newPlan(example(), use, newNameBook()); len(p.portal) != 0 {
		t.Errorf("open at the address of a resource: %v", p.portal)
	}
	use.portal.page = netip.MustParseAddrPort("10.50.0.11:8080")
	if p := newPlan(example(), use, newNameBook()); len(p.portal) != 3 {
		t.Errorf("control: beside it %v", p.portal)
	}
}
