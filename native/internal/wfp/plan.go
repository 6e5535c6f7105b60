package wfp

import (
	"net/netip"
	"slices"
)

// Tier orders the filters of a layer: the highest that matches decides.
type Tier uint8

// The tiers, from the weakest on.
const (
	tierProtected Tier = iota + 1
	tierExempt
	tierFromSelf
	tierTunnel
	tierGranted
	tierToSelf
	tierLoopback
)

// Protocols and ports of the exemptions.
const (
	protocolTCP    = 6
	protocolUDP    = 17
	protocolICMPv6 = 58

	routerSolicitation    = 133
	routerAdvertisement   = 134
	neighborSolicitation  = 135
	neighborAdvertisement = 136
)

// Wanted is what the guard shall hold.
type Wanted struct {
	Protected []netip.Prefix
	Self      []netip.Prefix // our own addresses in the tunnel

	// What follows is open while this process lives.
	Tunnel    uint64 // the interface; 0: there is none
	Granted   []netip.Prefix
	Endpoints []netip.AddrPort // of gateways, for datagrams of Program
	Program   string
	Exempt    []Exempt
}

// Exempt is a port that every program may reach past the tunnel.
type Exempt struct {
	Address netip.Addr
	TCP     bool // else UDP
	Port    uint16
}

// Filters works out what has to stand. It is pure; equal wishes give equal filters.
func Filters(wanted Wanted) []Filter {
	filters := []Filter{}
	for _, is6 := range []bool{false, true} {
		both := slices.Concat(lasting(wanted, Connect, is6), lasting(wanted, Accept, is6))
		for _, filter := range both {
			boot := filter
			boot.Life, filter.Life = Boot, Persistent
			filters = append(filters, boot, filter)
		}
		// Whatever forwards is started after the filter engine.
		filters = append(filters, remotely(wanted.Protected, Filter{
			Name: "protected", Layer: Forward, IPv6: is6, Life: Persistent, Tier: tierProtected})...)
		filters = append(filters, exemptions(wanted, is6)...)
		if wanted.Tunnel != 0 {
			filters = append(filters, tunnel(wanted, is6)...)
		}
	}
	return filters
}

// lasting is what programs may begin (Connect) or accept, with this process or without it.
func lasting(wanted Wanted, layer Layer, is6 bool) []Filter {
	filters := []Filter{
		{Name: "loopback", Tier: tierLoopback, Permit: true, Loopback: true},
		{Name: "dhcp", Tier: tierExempt, Permit: true, Protocol: protocolUDP,
			LocalPorts: []uint16{68}, RemotePort: 67},
	}
	if is6 {
		router := uint16(routerAdvertisement)
		if layer == Connect {
			router = routerSolicitation
		}
		filters[1].LocalPorts, filters[1].RemotePort = []uint16{546}, 547
		filters = append(filters, Filter{Name: "neighbours", Tier: tierExempt, Permit: true,
			Protocol:   protocolICMPv6,
			LocalPorts: []uint16{router, neighborSolicitation, neighborAdvertisement}})
	}
	for index := range filters {
		filters[index].Layer, filters[index].IPv6 = layer, is6
	}
	block := func(name string, tier Tier) Filter {
		return Filter{Name: name, Layer: layer, IPv6: is6, Tier: tier}
	}
	for _, own := range chunks(wanted.Self, is6) {
		from := block("from our own address", tierFromSelf)
		from.Local = own
		filters = append(filters, from)
	}
	filters = append(filters, remotely(wanted.Self, block("our own address", tierToSelf))...)
	return append(filters, remotely(wanted.Protected, block("protected", tierProtected))...)
}

func exemptions(wanted Wanted, is6 bool) []Filter {
	filters := []Filter{}
	exempt := func(layer Layer, to netip.Addr, port uint16) Filter {
		return Filter{Layer: layer, IPv6: is6, Life: Process, Tier: tierExempt, Permit: true,
			Remote: []netip.Prefix{host(to)}, RemotePort: port, Protocol: protocolUDP}
	}
	for _, endpoint := range wanted.Endpoints {
		if endpoint.Addr().Is4() == is6 || wanted.Program == "" {
			continue
		}
		for _, layer := range []Layer{Connect, Accept} {
			filter := exempt(layer, endpoint.Addr(), endpoint.Port())
			filter.Name, filter.Program = "gateway", wanted.Program
			filters = append(filters, filter)
		}
	}
	for _, item := range wanted.Exempt {
		if item.Address.Is4() == is6 {
			continue
		}
		filter := exempt(Connect, item.Address, item.Port)
		filter.Name = "exempt"
		if item.TCP {
			filter.Protocol = protocolTCP
		}
		filters = append(filters, filter)
	}
	return filters
}

// tunnel names the interface, whose number the system may give to another one after us: all of it
// ends with this process.
func tunnel(wanted Wanted, is6 bool) []Filter {
	closed := func(layer Layer) Filter {
		return Filter{Name: "tunnel", Layer: layer, IPv6: is6, Life: Process, Tier: tierTunnel}
	}
	out, in, arriving := closed(Connect), closed(Accept), closed(Accept)
	through, into := closed(Forward), closed(Forward)
	out.Interface, in.Interface, arriving.Arrival = wanted.Tunnel, wanted.Tunnel, wanted.Tunnel
	through.Interface, into.Onward = wanted.Tunnel, wanted.Tunnel
	return append([]Filter{out, in, arriving, through, into}, remotely(wanted.Granted, Filter{
		Name: "granted", Layer: Connect, IPv6: is6, Life: Process, Tier: tierGranted, Permit: true,
		Interface: wanted.Tunnel})...)
}

// remotely makes filters for these targets, none where there is no target.
func remotely(targets []netip.Prefix, filter Filter) []Filter {
	filters := []Filter{}
	for _, chunk := range chunks(targets, filter.IPv6) {
		filter.Remote = chunk
		filters = append(filters, filter)
	}
	return filters
}

func chunks(prefixes []netip.Prefix, is6 bool) [][]netip.Prefix {
	own := slices.DeleteFunc(slices.Clone(prefixes), func(prefix netip.Prefix) bool {
		return prefix.Addr().Is4() == is6
	})
	slices.SortFunc(own, netip.Prefix.Compare)
	return slices.Collect(slices.Chunk(slices.Compact(own), maxConditions))
}

func host(address netip.Addr) netip.Prefix {
	return netip.PrefixFrom(address, address.BitLen())
}
