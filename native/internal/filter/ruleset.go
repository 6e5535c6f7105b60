//go:build linux

package filter

import (
	"fmt"
	"net/netip"
	"strings"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/object"
)

// TableName is our table on a gateway, in family inet.
const TableName = "sallyport"

// LinkName is the tunnel interface of a gateway.
const LinkName = "spg0"

// staticSets are the sets and maps whose elements change only with a whole new table.
var staticSets = []string{
	"pool4", "pool6", "self4", "self6", "atom4", "atom6", "atomp4", "atomp6", digestSet,
	openedSet,
}

// digestSet holds one element, see digest.
const digestSet = "digest"

// ruleset prints lock 1. Every value in it is an address, a number or our own constant, but for the
// name of the LAN interface, which lanName has checked.
func ruleset(gateway object.Gateway, table atom.Table, held elements, by router) string {
	text := &strings.Builder{}
	fmt.Fprintf(text, "table inet %s {\n  comment \"sallyport\"\n", TableName)
	fmt.Fprintf(text, "  set %s { type ipv6_addr; elements = { %s }; }\n", digestSet,
		digest(table.IDs))
	text.WriteString(by.set())
	for _, is4 := range []bool{true, false} {
		writeSets(text, gateway, table, held, is4)
	}
	text.WriteString(markChains)
	text.WriteString(noRouterChain)
	text.WriteString(forwardChain(gateway.LAN, by.rules(gateway.LAN)))
	text.WriteString(leavingChain(gateway))
	if gateway.Mode == "snat" {
		text.WriteString(postroutingChain)
	}
	if len(gateway.AlsoListenPorts) > 0 {
		text.WriteString(alsoListenChain(gateway))
	}
	text.WriteString(hostChains(gateway))
	text.WriteString("}\n")
	return text.String()
}

func writeSets(text *strings.Builder, g object.Gateway, table atom.Table, held elements, is4 bool) {
	suffix, kind := "6", "ipv6_addr"
	if is4 {
		suffix, kind = "4", "ipv4_addr"
	}
	line := func(what, name, kind string, items []string) {
		fmt.Fprintf(text, "  %s %s%s { type %s;", what, name, suffix, kind)
		if len(items) > 0 {
			fmt.Fprintf(text, " elements = { %s };", strings.Join(items, ", "))
		}
		text.WriteString(" }\n")
	}
	pools, own := []string{}, []string{}
	for _, pool := range g.Pools {
		if pool.Addr().Is4() == is4 {
			pools = append(pools, pool.String())
		}
	}
	for _, address := range g.Addresses {
		if address.Is4() == is4 {
			own = append(own, plain(address))
		}
	}
	ports, protocols := atomItems(table, is4)
	live, grants := held.items(is4)
	line("set", "pool", kind+"; flags interval", pools)
	line("set", "self", kind, own)
	line("map", "atom", kind+" . inet_proto . inet_service : mark; flags interval", ports)
	line("map", "atomp", kind+" . inet_proto : mark; flags interval", protocols)
	learned := "; flags interval,timeout; size 131072"
	line("map", "learn", kind+" . inet_proto . inet_service : mark"+learned, held.names("learn"+suffix))
	line("map", "learnp", kind+" . inet_proto : mark"+learned, held.names("learnp"+suffix))
	line("set", "live", kind+"; flags timeout; size 65536", live)
	line("set", "grant", kind+" . mark; flags timeout; size 1048576", grants)
	line("set", "denied", kind+" . "+kind+" . inet_proto . inet_service; flags dynamic,timeout; "+
		"timeout 2m; size 1024", nil)
}

func atomItems(table atom.Table, is4 bool) (ports, protocols []string) {
	for _, item := range table.Ports {
		if item.First.Is4() == is4 {
			ports = append(ports, fmt.Sprintf("%s . %d . %s : %#x", span(item.First, item.Last),
				item.Proto, numbers(int(item.Ports.First), int(item.Ports.Last)), item.ID))
		}
	}
	for _, item := range table.Protocols {
		if item.First.Is4() == is4 {
			protocols = append(protocols, fmt.Sprintf("%s . %s : %#x", span(item.First, item.Last),
				numbers(int(item.FirstProto), int(item.LastProto)), item.ID))
		}
	}
	return ports, protocols
}

func span(first, last netip.Addr) string {
	if first == last {
		return plain(first)
	}
	return plain(first) + "-" + plain(last)
}

func numbers(first, last int) string {
	if first == last {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// plain drops a zone: the only part of an address that could hold other text.
func plain(address netip.Addr) string { return address.WithZone("").String() }

// markChains judge in prerouting at -90, after connection tracking and the reversal of NAT. A tunnel
// (65534) of another name brings no packet of a device: ours may have been renamed. Each family and
// each kind of target has chains of its own, so that a packet is asked each question once. Protocols
// are numbers: names would need /etc/protocols, which small images lack.
var markChains = `  counter ungranted { }
  counter lock1 { }
  counter spoof { }
  counter guard { }
  chain prerouting {
    type filter hook prerouting priority -90; policy accept;
    iifname "spg0" goto from_device
    meta iiftype 65534 jump other_tunnel
    ip daddr @pool4 goto to_device
    ip6 daddr @pool6 goto to_device
  }
  chain other_tunnel {
    ip saddr @pool4 counter name spoof drop
    ip6 saddr @pool6 counter name spoof drop
  }
  chain from_device {
    meta mark set 0
    meta nfproto ipv4 goto from_device4
    goto from_device6
  }
  chain to_device {
    meta mark set 0
    fib saddr . iif oif missing counter name spoof drop
    meta l4proto { 1, 58 } ct state related jump icmp_error
    ct direction reply ct state established goto reply
    counter name ungranted drop
  }
  chain reply {
    meta nfproto ipv4 goto reply4
    goto reply6
  }
  chain denied {
    meta l4proto { 6, 17 } add @denied4 { ip saddr . ip daddr . meta l4proto . th dport counter }
    meta l4proto { 6, 17 } add @denied6 { ip6 saddr . ip6 daddr . meta l4proto . th dport counter }
    counter name ungranted drop
  }
  chain icmp_error {
    icmp type { destination-unreachable, time-exceeded, parameter-problem } ct original ip saddr @live4 goto granted
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } ct original ip6 saddr @live6 goto granted
    counter name ungranted drop
  }
  chain granted {
    meta mark set 0x53000000 accept
  }
` + familyChains("ip", "4") + familyChains("ip6", "6")

// familyChains are those of markChains that one family has for itself. The map result travels through
// the mark since nft cannot list a map inside a concatenation. What names led to is looked up last: it
// names all claims on its address, so it decides. Errors of ICMP from a device are asked what all its
// packets are: they may quote the flow of another device.
func familyChains(ip, suffix string) string {
	return strings.NewReplacer("IP", ip, "SUFFIX", suffix).Replace(
		`  chain from_deviceSUFFIX {
    IP saddr != @poolSUFFIX counter name spoof drop
    IP daddr @poolSUFFIX goto to_poolSUFFIX
    ct state invalid drop
    IP saddr != @liveSUFFIX goto denied
    meta l4proto { 6, 17 } goto from_portsSUFFIX
    meta mark set IP daddr . meta l4proto map @atompSUFFIX
    meta mark set IP daddr . meta l4proto map @learnpSUFFIX
    meta mark 0 goto denied
    IP saddr . meta mark @grantSUFFIX goto granted
    goto denied
  }
  chain from_portsSUFFIX {
    meta mark set IP daddr . meta l4proto . th dport map @atomSUFFIX
    meta mark set IP daddr . meta l4proto . th dport map @learnSUFFIX
    meta mark 0 goto denied
    IP saddr . meta mark @grantSUFFIX goto granted
    goto denied
  }
  chain to_poolSUFFIX {
    IP daddr @selfSUFFIX fib daddr type local meta mark set 0x53000000 accept
    drop
  }
  chain replySUFFIX {
    IP daddr != @liveSUFFIX counter name ungranted drop
    meta l4proto { 6, 17 } goto reply_portsSUFFIX
    meta mark set IP saddr . meta l4proto map @atompSUFFIX
    meta mark set IP saddr . meta l4proto map @learnpSUFFIX
    meta mark 0 counter name ungranted drop
    IP daddr . meta mark @grantSUFFIX goto granted
    counter name ungranted drop
  }
  chain reply_portsSUFFIX {
    meta mark set IP saddr . meta l4proto . th sport map @atomSUFFIX
    meta mark set IP saddr . meta l4proto . th sport map @learnSUFFIX
    meta mark 0 counter name ungranted drop
    IP daddr . meta mark @grantSUFFIX goto granted
    counter name ungranted drop
  }
`)
}

// forwardChain drops what is unmarked once more: a foreign rule in front of ours would otherwise
// forward it. A named LAN is the only way out and in.
func forwardChain(lan, outside string) string {
	only := ""
	if lan != "auto" {
		only = fmt.Sprintf("    iifname \"spg0\" oifname != \"%[1]s\" counter name lock1 drop\n"+
			"    oifname \"spg0\" iifname != \"%[1]s\" counter name lock1 drop\n", lan)
	}
	return `  chain forward {
    type filter hook forward priority -10; policy accept;
    iifname "spg0" oifname "spg0" drop
    iifname "spg0" meta mark & 0xff000000 != 0x53000000 counter name lock1 drop
    oifname "spg0" meta mark & 0xff000000 != 0x53000000 counter name lock1 drop
` + only + outside + `    iifname "spg0" tcp flags syn tcp option maxseg size set rt mtu
    oifname "spg0" tcp flags syn tcp option maxseg size set rt mtu
  }
`
}

// leavingChain keeps what is for a device out of the clear where a foreign rule in front of ours routes
// it past the tunnel: what resources answer, and what the gateway itself does. The names that it asks
// for leave by a named LAN or not at all: without its route the default one would take them.
func leavingChain(gateway object.Gateway) string {
	asked := ""
	for _, resolver := range gateway.Resolvers {
		if gateway.LAN != "auto" {
			family := map[bool]string{true: "ip", false: "ip6"}[resolver.Is4()]
			asked += fmt.Sprintf("    oifname != %q %s daddr %s meta l4proto { 6, 17 } th dport 53"+
				" counter name guard drop\n", gateway.LAN, family, plain(resolver))
		}
	}
	return `  chain leaving {
    type filter hook postrouting priority -10; policy accept;
    oifname { "spg0", "lo" } accept
` + asked + `    ip daddr @pool4 counter name lock1 drop
    ip6 daddr @pool6 counter name lock1 drop
  }
`
}

const postroutingChain = `  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "spg0" oifname != "spg0" meta mark & 0xff000000 == 0x53000000 masquerade
  }
`

// alsoListenChain leads further UDP ports of the gateway to WireGuard's own: networks that block the
// usual one let 443 pass.
func alsoListenChain(gateway object.Gateway) string {
	ports := []string{}
	for _, port := range gateway.AlsoListenPorts {
		ports = append(ports, fmt.Sprint(port))
	}
	return fmt.Sprintf(`  chain also_listen {
    type nat hook prerouting priority dstnat; policy accept;
    iifname != "spg0" fib daddr type local udp dport { %s } redirect to :%d
  }
`, strings.Join(ports, ", "), gateway.ListenPort)
}

// hostChains close the gateway itself: echo, and DNS where it answers DNS at all. The output chain
// has type route and stands before NAT, which would route the gateway's own ICMP errors anew
// without their protocol.
func hostChains(gateway object.Gateway) string {
	input, output, words, chain, strange := "", "", "", "", ""
	if gateway.LAN == anyLAN {
		chain, strange = fmt.Sprintf(ownWordChain, ownWordMark), strangeRouteRules
		words = "    meta mark 0 oifname != { \"spg0\", \"lo\" } jump own_word\n"
	}
	if len(gateway.Resolvers) > 0 {
		input = "    ip daddr @self4 ip saddr @live4 meta l4proto { 6, 17 } th dport 53 accept\n" +
			"    ip6 daddr @self6 ip6 saddr @live6 meta l4proto { 6, 17 } th dport 53 accept\n"
		output = "    meta l4proto { 6, 17 } th sport 53 ct direction reply ct state established" +
			" meta mark set 0x53000000 accept\n"
	}
	return chain + `  chain input {
    type filter hook input priority -10; policy accept;
` + strange + `    iifname != "spg0" return
    ip daddr @self4 icmp type echo-request limit rate 100/second accept
    ip6 daddr @self6 icmpv6 type echo-request limit rate 100/second accept
` + input + `    counter name guard drop
  }
  chain output {
    type route hook output priority mangle; policy accept;
` + words + `    oifname != "spg0" return
    meta l4proto { 1, 58 } meta mark set 0x53000000 accept
` + output + `    counter name guard drop
  }
`
}

// strangeRouteRules drop what names a size of packets for no flow of ours, and what names a better router.
// The kernel would note either as a route of full length to the address that it quotes, beneath the
// default route: one forged packet from outside, and the default route passes for a narrow one, see
// insideRules.
const strangeRouteRules = `    icmpv6 type packet-too-big ct state != related counter name guard drop
    icmpv6 type nd-redirect counter name guard drop
`

// ownWordChain marks what the gateway says by itself of somebody's flow: an end of one that its address
// translation knows no longer, an error.
const ownWordChain = `  chain own_word {
    tcp flags & rst == rst meta mark set %#[1]x
    icmp type { destination-unreachable, time-exceeded, parameter-problem } meta mark set %#[1]x
    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } meta mark set %#[1]x
  }
`
