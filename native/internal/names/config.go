//go:build linux || windows

package names

import (
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/zone"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/systemdns"
)

// deviceConfig sends granted names to the gateway that carries their site now, and protected ones
// without a grant, or without a tunnel, to nobody.
func deviceConfig(tunnel object.Tunnel, carriers map[string][]netip.Addr) channel.Config {
	config := channel.Config{Zones: []channel.Zone{}, Reverse: []channel.Reverse{}}
	for _, domain := range tunnel.DNS {
		item := channel.Zone{Pattern: zone.Pattern{Name: domain.Name, Wildcard: domain.Wildcard}}
		if domain.Granted {
			item.Resolvers = resolversAt(carriers[domain.Site])
		}
		config.Zones = append(config.Zones, item)
	}
	// Where names alone are granted no route says whose a reverse name is; one site can be asked.
	only := []netip.AddrPort{}
	if len(tunnel.Sites) == 1 {
		only = resolversAt(carriers[tunnel.Sites[0].Site])
	}
	for _, prefix := range tunnel.ProtectedPrefixes {
		config.Reverse = append(config.Reverse, channel.Reverse{Prefix: prefix, Resolvers: only})
	}
	config.Gateways = gatewaysOf(tunnel)
	for _, site := range tunnel.Sites {
		for _, route := range site.Routes {
			config.Reverse = append(config.Reverse, channel.Reverse{
				Prefix: route, Resolvers: resolversAt(carriers[site.Site]),
			})
		}
	}
	return config
}

// gatewaysOf lists the endpoints that are names. One that is itself protected is left out: it could be
// asked for only through the tunnel that it is to carry.
func gatewaysOf(tunnel object.Tunnel) []string {
	protected := zone.NewSet[bool]()
	for _, domain := range tunnel.DNS {
		protected.Add(zone.Pattern{Name: domain.Name, Wildcard: domain.Wildcard}, true)
	}
	found := []string{}
	for _, site := range tunnel.Sites {
		for _, peer := range site.Peers {
			for _, endpoint := range peer.Endpoints {
				if _, ours := protected.Cover(endpoint.Host); !endpoint.Address.IsValid() && !ours {
					found = append(found, endpoint.Host)
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// gatewayConfig sends the names of the resources and the reverse names of what is served to the
// resolvers of the site; nothing else is resolved, and nothing without a grant of the client.
func gatewayConfig(gateway object.Gateway) channel.Config {
	resolvers := resolversAt(gateway.Resolvers)
	config := channel.Config{Permit: true, Zones: []channel.Zone{}, Reverse: []channel.Reverse{}}
	seen, served := map[string]bool{}, []netip.Prefix{}
	for _, resource := range gateway.Resources {
		served = append(served, resource.ResolvesTo...)
		for _, target := range resource.Targets {
			if target.Domain == "" {
				served = append(served, target.Prefix)
			} else if !seen[target.Domain] {
				seen[target.Domain] = true
				config.Zones = append(config.Zones, channel.Zone{
					Pattern: zone.ParsePattern(target.Domain), Resolvers: resolvers,
				})
			}
		}
	}
	slices.SortFunc(served, netip.Prefix.Compare)
	for _, prefix := range slices.Compact(served) {
		config.Reverse = append(config.Reverse, channel.Reverse{Prefix: prefix, Resolvers: resolvers})
	}
	return config
}

func resolversAt(addresses []netip.Addr) []netip.AddrPort {
	found := []netip.AddrPort{}
	for _, address := range addresses {
		found = append(found, netip.AddrPortFrom(address, systemdns.Port))
	}
	return found
}

// domainsOf lists what the system shall ask us about, everything beneath included.
func domainsOf(tunnel object.Tunnel) []string {
	found := []string{}
	for _, domain := range tunnel.DNS {
		found = append(found, domain.Name)
	}
	for _, prefix := range tunnel.ProtectedPrefixes {
		found = append(found, zone.ReverseZones(prefix)...)
	}
	slices.Sort(found)
	return slices.Compact(found)
}
