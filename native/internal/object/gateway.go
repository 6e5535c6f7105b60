package object

import (
	"net/netip"
	"strconv"
	"strings"

	"sallyport.dev/netd/internal/strict"
)

// Gateway is the desired state of a gateway.
type Gateway struct {
	Gateway         string
	Site            string
	ListenPort      uint16
	AlsoListenPorts []uint16       // UDP ports that lead to ListenPort
	Addresses       []netip.Addr   // its own tunnel addresses, one per family
	Pools           []netip.Prefix // the pools that devices get their addresses from, one per family
	MTU             int
	LAN             string // interface name, or "auto"
	Mode            string // "snat" or "routed"
	ForwardV4       bool
	ForwardV6       bool
	Resources       []Resource
	Resolvers       []netip.Addr
	MaxStaleSeconds int
	Revoked         []Key // WireGuard keys that break-glass may not open either
	PskSecret       [32]byte
}

// Resource is what a grant names; its targets may overlap those of others: most specific wins.
type Resource struct {
	ID      string
	Name    string
	Targets []Target
	// ResolvesTo bounds where its names may lead; none: the prefixes that the site serves.
	ResolvesTo []netip.Prefix
}

// Target has either a prefix or a domain; Ports is never empty for tcp and udp (none on the wire
// means all) and always empty for icmp and any.
type Target struct {
	Prefix netip.Prefix // invalid when Domain is set
	Domain string       // a name, or `*.` and the name above all that it stands for
	Proto  string       // "tcp", "udp", "icmp" or "any"
	Ports  []PortRange
}

// PortRange is inclusive at both ends.
type PortRange struct{ First, Last uint16 }

func readGateway(f *strict.Fields) *Gateway {
	gateway := &Gateway{
		Gateway:         readID(f, "gateway", "gw_"),
		Site:            readID(f, "site", "sit_"),
		ListenPort:      uint16(f.IntOr("listenPort", 51820, 1, 65535)),
		Pools:           readPrefixes(f, "pools", 1, 2),
		MTU:             int(f.IntOr("mtu", 1420, 1280, 1500)),
		LAN:             readMatch(f, "lan", ifacePattern, "an interface name"),
		Resolvers:       readAddressList(f, "resolvers", 0, 4),
		MaxStaleSeconds: int(f.IntOr("maxStaleSeconds", 600, 0, 86400)),
		PskSecret:       read32(f, "pskSecret"),
	}
	for _, host := range readHosts(f, "addresses") {
		gateway.Addresses = append(gateway.Addresses, host.Addr())
	}
	if f.Has("alsoListenPorts") {
		for _, text := range f.Texts("alsoListenPorts", 1, 3, 5) {
			port, err := strconv.ParseUint(text, 10, 16)
			if err != nil || port == 0 || uint16(port) == gateway.ListenPort {
				f.Fail("alsoListenPorts", "not another port")
			}
			gateway.AlsoListenPorts = append(gateway.AlsoListenPorts, uint16(port))
		}
	}
	f.Nested("forwarding", func(f *strict.Fields) {
		gateway.Mode = f.Choice("mode", "snat", "routed")
		gateway.ForwardV4 = f.Bool("v4")
		gateway.ForwardV6 = f.Bool("v6")
	})
	if f.Has("revoked") {
		for _, text := range f.Texts("revoked", 1, 1024, 44) {
			key, ok := ParseKey(text)
			if !ok {
				f.Fail("revoked", "not a WireGuard key")
			}
			gateway.Revoked = append(gateway.Revoked, key)
		}
	}
	refusePools(f, gateway)
	seen := map[string]bool{}
	f.Objects("resources", 0, 4096, func(f *strict.Fields) {
		resource := readResource(f)
		if seen[resource.ID] {
			f.Fail("id", "a resource stands there twice")
		}
		seen[resource.ID] = true
		gateway.Resources = append(gateway.Resources, resource)
	})
	return gateway
}

// refusePools demands one pool per family and every own address inside its pool.
func refusePools(f *strict.Fields, gateway *Gateway) {
	if f.Failed() {
		return
	}
	first := []netip.Addr{}
	for _, pool := range gateway.Pools {
		first = append(first, pool.Addr())
	}
	refuseSameFamily(f, "pools", first)
	for _, address := range gateway.Addresses {
		inside := false
		for _, pool := range gateway.Pools {
			inside = inside || pool.Contains(address)
		}
		if !inside {
			f.Fail("addresses", "an own address lies outside the pools")
		}
	}
}

func readResource(f *strict.Fields) Resource {
	resource := Resource{
		ID:   readID(f, "id", "res_"),
		Name: readMatch(f, "name", namePattern, "a name"),
	}
	f.Objects("targets", 1, 64, func(f *strict.Fields) {
		resource.Targets = append(resource.Targets, readTarget(f))
	})
	if f.Has("resolvesTo") {
		resource.ResolvesTo = readPrefixes(f, "resolvesTo", 1, 64)
	}
	return resource
}

func readTarget(f *strict.Fields) Target {
	target := Target{Proto: f.Choice("proto", "tcp", "udp", "icmp", "any")}
	switch {
	case f.Has("cidr") == f.Has("domain"):
		f.Fail("cidr", "exactly one of cidr and domain")
	case f.Has("cidr"):
		prefix, ok := ParsePrefix(f.Text("cidr", 1, 64))
		if !ok {
			f.Fail("cidr", "not a canonical CIDR")
		}
		target.Prefix = prefix
	default:
		target.Domain = readMatch(f, "domain", domainPattern, "a domain name")
	}
	if f.Has("ports") {
		target.Ports = readPorts(f)
	}
	withPorts := target.Proto == "tcp" || target.Proto == "udp"
	if withPorts && len(target.Ports) == 0 {
		target.Ports = []PortRange{{First: 0, Last: 65535}}
	}
	if !withPorts && len(target.Ports) > 0 {
		f.Fail("ports", "ports stand with tcp and udp only")
	}
	return target
}

func readPorts(f *strict.Fields) []PortRange {
	ranges := []PortRange{}
	for index, text := range f.Texts("ports", 0, 32, 11) {
		portRange, ok := parsePortRange(text)
		if !ok {
			f.Fail("ports", "item %d is neither n nor n-m", index)
		}
		ranges = append(ranges, portRange)
	}
	return ranges
}

func parsePortRange(text string) (PortRange, bool) {
	firstText, lastText, isRange := strings.Cut(text, "-")
	if !isRange {
		lastText = firstText
	}
	first, errFirst := parsePort(firstText)
	last, errLast := parsePort(lastText)
	ok := errFirst && errLast && first <= last
	return PortRange{First: first, Last: last}, ok
}

func parsePort(text string) (uint16, bool) {
	port, err := strconv.ParseUint(text, 10, 16)
	return uint16(port), err == nil && strconv.FormatUint(port, 10) == text
}
