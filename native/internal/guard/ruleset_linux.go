package guard

import (
	"fmt"
	"net/netip"
	"strings"

	"sallyport.dev/netd/internal/object"
)

// TableName is our table on a device, in family inet.
const TableName = "sallyport_guard"

// LinkName is the tunnel interface of a device.
const LinkName = "sp0"

// staticSets are the sets whose elements change only with a whole new table.
var staticSets = []string{
	"prot4", "prot6", "route4", "route6", "self4", "self6", "wg4", "wg6", "bypass4", "bypass6",
}

// ruleset prints the guard. Every value in it is an address, a prefix or a number. Priorities: raw
// stands before connection tracking, the others just before the filters of the machine's own
// firewall. The WireGuard socket is known by its mark, replies to it by address and port.
func ruleset(p plan) string {
	sets := &strings.Builder{}
	for _, f := range []struct {
		suffix, kind string
		is4          bool
	}{{"4", "ipv4_addr", true}, {"6", "ipv6_addr", false}} {
		line := func(name, kind, flags string, elements []string) {
			fmt.Fprintf(sets, "  set %s%s { type %s;%s", name, f.suffix, kind, flags)
			if len(elements) > 0 {
				fmt.Fprintf(sets, " elements = { %s };", strings.Join(elements, ", "))
			}
			sets.WriteString(" }\n")
		}
		line("prot", f.kind, " flags interval;", prefixes(p.protected, f.is4))
		line("route", f.kind, " flags interval;", prefixes(p.tunnelled, f.is4))
		line("self", f.kind, "", addresses(p.addresses, f.is4))
		line("wg", f.kind+" . inet_service", "", endpoints(p.endpoints, f.is4))
		line("bypass", f.kind+" . inet_proto . inet_service", "", bypasses(p.bypass, f.is4))
		line("portal", f.kind+" . inet_service", " flags timeout;", nil)
	}
	return fmt.Sprintf("table inet %s {\n%s%s}\n", TableName, sets, chains)
}

const chains = `  counter out_drop { }
  counter fwd_drop { }
  counter in_drop { }
  chain raw {
    type filter hook prerouting priority -300; policy accept;
    iifname { "sp0", "lo" } accept
    ip daddr @self4 counter name in_drop drop
    ip6 daddr @self6 counter name in_drop drop
    ip saddr . udp sport @wg4 accept
    ip6 saddr . udp sport @wg6 accept
    udp sport . udp dport { 67 . 68, 547 . 546 } accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept
    ip saddr . meta l4proto . th sport @bypass4 accept
    ip6 saddr . meta l4proto . th sport @bypass6 accept
    ip saddr . tcp sport @portal4 accept
    ip6 saddr . tcp sport @portal6 accept
    ip saddr @prot4 counter name in_drop drop
    ip6 saddr @prot6 counter name in_drop drop
  }
  chain input {
    type filter hook input priority -10; policy accept;
    iifname != "sp0" return
    ct state established,related accept
    counter name in_drop drop
  }
  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname "sp0" counter name fwd_drop drop
    oifname "sp0" counter name fwd_drop reject with icmpx type admin-prohibited
    ip daddr @prot4 counter name fwd_drop reject with icmpx type admin-prohibited
    ip6 daddr @prot6 counter name fwd_drop reject with icmpx type admin-prohibited
  }
  chain output {
    type filter hook output priority -10; policy accept;
    oifname "lo" accept
    ip daddr @self4 counter name out_drop drop
    ip6 daddr @self6 counter name out_drop drop
    oifname "sp0" ip daddr @route4 accept
    oifname "sp0" ip6 daddr @route6 accept
    oifname "sp0" counter name out_drop drop
    ip saddr @self4 counter name out_drop drop
    ip6 saddr @self6 counter name out_drop drop
    meta mark & 0xff000000 == 0x53000000 ip daddr . udp dport @wg4 accept
    meta mark & 0xff000000 == 0x53000000 ip6 daddr . udp dport @wg6 accept
    udp sport . udp dport { 68 . 67, 546 . 547 } accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } ip6 hoplimit 255 accept
    ip daddr . meta l4proto . th dport @bypass4 accept
    ip6 daddr . meta l4proto . th dport @bypass6 accept
    ip daddr . tcp dport @portal4 accept
    ip6 daddr . tcp dport @portal6 accept
    ip daddr @prot4 counter name out_drop reject with icmpx type admin-prohibited
    ip6 daddr @prot6 counter name out_drop reject with icmpx type admin-prohibited
  }
`

func prefixes(list []netip.Prefix, is4 bool) []string {
	texts := []string{}
	for _, prefix := range list {
		if prefix.Addr().Is4() == is4 {
			texts = append(texts, prefix.String())
		}
	}
	return texts
}

func addresses(list []netip.Prefix, is4 bool) []string {
	texts := []string{}
	for _, prefix := range list {
		if prefix.Addr().Is4() == is4 {
			texts = append(texts, prefix.Addr().String())
		}
	}
	return texts
}

func endpoints(list []netip.AddrPort, is4 bool) []string {
	texts := []string{}
	for _, endpoint := range list {
		if endpoint.Addr().Is4() == is4 {
			texts = append(texts, fmt.Sprintf("%s . %d", endpoint.Addr().WithZone(""), endpoint.Port()))
		}
	}
	return texts
}

func bypasses(list []object.Bypass, is4 bool) []string {
	texts := []string{}
	for _, item := range list {
		if item.Address.Is4() == is4 {
			texts = append(texts, fmt.Sprintf("%s . %d . %d",
				item.Address.WithZone(""), protocolNumber(item.Proto), item.Port))
		}
	}
	return texts
}
