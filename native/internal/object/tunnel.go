package object

import (
	"net/netip"

	"sallyport.dev/netd/internal/strict"
)

// The states of a tunnel. Whatever is not open is blocked.
const (
	TunnelOpen    = "open"
	TunnelBlocked = "blocked"
)

// Tunnel is the desired state of a device.
type Tunnel struct {
	Device            string
	State             string // TunnelOpen or TunnelBlocked
	Addresses         []netip.Prefix
	MTU               int
	Sites             []Site
	ProtectedPrefixes []netip.Prefix
	Bypass            []Bypass
	DNS               []DNSDomain
	KeepaliveSeconds  int
	GrantedUntilAt    int64 // ms since epoch; the end of the last grant behind the routes
}

// Site is a place behind one or more gateways; peers stand in failover order.
type Site struct {
	Site   string
	Peers  []Peer
	Routes []netip.Prefix
}

// Peer is one gateway of a site as the device sees it; PresharedKey may be zero.
type Peer struct {
	Gateway         string
	PublicKey       Key
	PresharedKey    Key
	Endpoints       []Endpoint
	TunnelAddresses []netip.Addr
}

// Bypass is a controller or gateway endpoint that lies inside a protected prefix.
type Bypass struct {
	Address netip.Addr
	Proto   string // "tcp" or "udp"
	Port    uint16
}

// DNSDomain is a name that must never be asked of a public resolver; resolved only if Granted.
type DNSDomain struct {
	Name     string
	Wildcard bool
	Site     string
	Granted  bool
}

func readTunnel(f *strict.Fields) *Tunnel {
	tunnel := &Tunnel{
		Device:            readID(f, "device", "dev_"),
		State:             f.Choice("state", TunnelOpen, TunnelBlocked),
		Addresses:         readHosts(f, "addresses"),
		MTU:               int(f.IntOr("mtu", 1420, 1280, 1500)),
		ProtectedPrefixes: readPrefixes(f, "protectedPrefixes", 0, 1024),
		KeepaliveSeconds:  int(f.IntOr("keepaliveSeconds", 25, 0, 3600)),
		GrantedUntilAt:    f.Int("grantedUntilAt", 0, strict.MaxInt),
	}
	owner := map[netip.Prefix]bool{}
	f.Objects("sites", 0, 64, func(f *strict.Fields) {
		site := readSite(f)
		for _, route := range site.Routes {
			if owner[route] {
				f.Fail("routes", "a route belongs to one site")
			}
			owner[route] = true
		}
		tunnel.Sites = append(tunnel.Sites, site)
	})
	f.Objects("bypass", 0, 32, func(f *strict.Fields) {
		tunnel.Bypass = append(tunnel.Bypass, readBypass(f))
	})
	f.Nested("dns", func(f *strict.Fields) {
		f.Choice("upstream", "gateway")
		f.Objects("domains", 0, 512, func(f *strict.Fields) {
			tunnel.DNS = append(tunnel.DNS, readDomain(f))
		})
	})
	return tunnel
}

func readSite(f *strict.Fields) Site {
	site := Site{
		Site:   readID(f, "site", "sit_"),
		Routes: readPrefixes(f, "routes", 0, 1024),
	}
	f.Objects("peers", 1, 8, func(f *strict.Fields) {
		peer := Peer{
			Gateway:         readID(f, "gateway", "gw_"),
			PublicKey:       ReadKey(f, "publicKey"),
			Endpoints:       readEndpoints(f, "endpoints"),
			TunnelAddresses: readAddresses(f, "tunnelAddresses"),
		}
		if f.Has("presharedKey") {
			peer.PresharedKey = ReadKey(f, "presharedKey")
		}
		site.Peers = append(site.Peers, peer)
	})
	return site
}

func readBypass(f *strict.Fields) Bypass {
	address, ok := ParseAddress(f.Text("address", 1, 64))
	if !ok {
		f.Fail("address", "not a canonical address")
	}
	return Bypass{
		Address: address,
		Proto:   f.Choice("proto", "tcp", "udp"),
		Port:    uint16(f.Int("port", 1, 65535)),
	}
}

func readDomain(f *strict.Fields) DNSDomain {
	return DNSDomain{
		Name:     readMatch(f, "name", hostPattern, "a domain name"),
		Wildcard: f.Bool("wildcard"),
		Site:     readID(f, "site", "sit_"),
		Granted:  f.Bool("granted"),
	}
}
