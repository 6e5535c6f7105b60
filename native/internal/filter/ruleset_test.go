//go:build linux

package filter

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/golden"
	"sallyport.dev/netd/internal/object"
)

func example() object.Gateway {
	p := netip.MustParsePrefix
	ssh := []object.PortRange{{First: 22, Last: 22}}
	return object.Gateway{
		LAN: "eth1", Mode: "snat", ForwardV4: true, ForwardV6: true, ListenPort: 51820, MTU: 1420,
		Addresses: []netip.Addr{netip.MustParseAddr("100.96.0.1"), netip.MustParseAddr("fd96:1:2::1")},
		Pools:     []netip.Prefix{p("100.96.0.0/16"), p("fd96:1:2::/48")},
		Resolvers: []netip.Addr{netip.MustParseAddr("10.50.0.53")},
		Resources: []object.Resource{
			{ID: "res_lan", Targets: []object.Target{{Prefix: p("10.50.0.0/24"), Proto: "any"}}},
			{ID: "res_ssh", Targets: []object.Target{
				{Prefix: p("10.50.0.10/32"), Proto: "tcp", Ports: ssh},
				{Prefix: p("fd50::10/128"), Proto: "tcp", Ports: ssh},
			}},
		},
	}
}

func compiled(t *testing.T, gateway object.Gateway) atom.Table {
	t.Helper()
	table, err := atom.Compile(gateway.Resources)
	if err != nil {
		t.Fatal(err)
	}
	return forwarded(gateway, table)
}

func TestRulesetOfLock1(t *testing.T) {
	held := noElements()
	address := netip.MustParseAddr("100.96.1.2")
	held.live[address] = 90 * time.Second
	gateway := example()
	table := compiled(t, gateway)
	held.permits[permit{address, table.IDs["res_ssh"]}] = time.Hour
	by := router{six: true, outside: []string{"eth0", "eth1", `odd"name`}}
	golden.Check(t, "snat.nft", ruleset(gateway, table, held, by))
}

func TestRulesetWithoutTranslationNamesAndIPv6(t *testing.T) {
	gateway := example()
	gateway.Mode, gateway.LAN, gateway.ForwardV6, gateway.Resolvers = "routed", "auto", false, nil
	text := ruleset(gateway, compiled(t, gateway), noElements(), router{})
	if !strings.Contains(text, "jump own_word") {
		t.Error("what the gateway says of flows is not marked where no LAN is named")
	}
	for _, absent := range []string{"masquerade", "dport 53", "sport 53", "fd50::10", "eth1"} {
		if strings.Contains(text, absent) {
			t.Errorf("the ruleset contains %q", absent)
		}
	}
}

func TestRulesOfLock2(t *testing.T) {
	text := &strings.Builder{}
	for _, rule := range lockRules(example()) {
		fmt.Fprintln(text, rule)
	}
	golden.Check(t, "rules.txt", text.String())
}

func TestRulesOfLock2WhereNoLANIsNamed(t *testing.T) {
	gateway := example()
	gateway.LAN = "auto"
	gateway.Resolvers = append(gateway.Resolvers, netip.MustParseAddr("fd50::53"))
	text := &strings.Builder{}
	for _, rule := range insideRules(gateway) {
		fmt.Fprintln(text, rule)
	}
	golden.Check(t, "inside-rules.txt", text.String())
}

func TestPresharedKeyIsHKDF(t *testing.T) {
	// The same inputs through node:crypto hkdfSync give this value.
	got, err := PresharedKey([32]byte{1, 2, 3}, object.Key{4, 5, 6})
	if err != nil || got.String() != "Cjd40Q2/O351M/bZ3mnxbbSnTtKw1C7AQ1V98FteQz4=" {
		t.Errorf("PresharedKey = %s, %v", got, err)
	}
}
