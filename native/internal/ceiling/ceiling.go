// Package ceiling bounds what even the controller may ask of this machine: built-in limits that
// nothing lifts, and the narrower lists that root or the device management put there.
package ceiling

import (
	"net/netip"
	"strings"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
)

const (
	widestV4 = 8
	widestV6 = 24
)

// forbidden prefixes belong to the machine itself, its link or its cloud; nobody routes them.
var forbidden = parseAll(
	"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4",
	"::/8", "fe80::/10", "ff00::/8",
	"168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", // metadata outside 169.254/16
)

// private is where tunnel addresses may come from.
var private = parseAll(
	"100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

func parseAll(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		prefixes = append(prefixes, netip.MustParsePrefix(text))
	}
	return prefixes
}

// Tunnel refuses a device config that reaches beyond the ceilings.
func Tunnel(tunnel object.Tunnel, ceilings object.Ceilings) error {
	for _, address := range tunnel.Addresses {
		if err := checkPrivate("config.addresses", address); err != nil {
			return err
		}
	}
	for _, prefix := range tunnel.ProtectedPrefixes {
		if err := checkRoute("config.protectedPrefixes", prefix, ceilings.AllowedPrefixes); err != nil {
			return err
		}
	}
	for _, site := range tunnel.Sites {
		if err := checkSite(site, ceilings); err != nil {
			return err
		}
	}
	for _, domain := range tunnel.DNS {
		if !allowedDomain(domain.Name, ceilings.AllowedDomains) {
			return fault.New(fault.Ceiling, "config.dns", "%s is not an allowed domain", domain.Name)
		}
	}
	return nil
}

func checkSite(site object.Site, ceilings object.Ceilings) error {
	for _, route := range site.Routes {
		if err := checkRoute("config.sites.routes", route, ceilings.AllowedPrefixes); err != nil {
			return err
		}
	}
	for _, peer := range site.Peers {
		for _, address := range peer.TunnelAddresses {
			host := netip.PrefixFrom(address, address.BitLen())
			if err := checkPrivate("config.sites.peers.tunnelAddresses", host); err != nil {
				return err
			}
		}
	}
	return nil
}

// Gateway refuses a gateway config that serves more than the ceilings, or its own pool.
func Gateway(gateway object.Gateway, ceilings object.Ceilings) error {
	for _, pool := range gateway.Pools {
		if err := checkPrivate("config.pools", pool); err != nil {
			return err
		}
		if err := checkWidth("config.pools", pool); err != nil {
			return err
		}
	}
	for _, resource := range gateway.Resources {
		for _, target := range resource.Targets {
			if err := checkTarget(target, gateway.Pools, ceilings); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTarget(target object.Target, pools []netip.Prefix, ceilings object.Ceilings) error {
	if target.Domain != "" {
		return nil // the addresses it resolves to are checked when they are learned
	}
	const at = "config.resources.targets"
	for _, pool := range pools {
		if pool.Overlaps(target.Prefix) {
			return fault.New(fault.Ceiling, at, "%s overlaps the pool of the tunnel", target.Prefix)
		}
	}
	return checkRoute(at, target.Prefix, ceilings.ServedPrefixes)
}

func checkRoute(at string, prefix netip.Prefix, allowed []netip.Prefix) error {
	if err := checkWidth(at, prefix); err != nil {
		return err
	}
	for _, never := range forbidden {
		if never.Overlaps(prefix) {
			return fault.New(fault.Ceiling, at, "%s overlaps %s, which is never ours", prefix, never)
		}
	}
	if allowed != nil && !inside(prefix, allowed) {
		return fault.New(fault.Ceiling, at, "%s is not inside the prefixes allowed here", prefix)
	}
	return nil
}

func checkWidth(at string, prefix netip.Prefix) error {
	widest := widestV6
	if prefix.Addr().Is4() {
		widest = widestV4
	}
	if prefix.Bits() < widest {
		return fault.New(fault.Ceiling, at, "%s is wider than /%d", prefix, widest)
	}
	return nil
}

func checkPrivate(at string, prefix netip.Prefix) error {
	if !inside(prefix, private) {
		return fault.New(fault.Ceiling, at, "%s is not in the space of tunnel addresses", prefix)
	}
	return nil
}

func inside(prefix netip.Prefix, allowed []netip.Prefix) bool {
	for _, outer := range allowed {
		if outer.Bits() <= prefix.Bits() && outer.Contains(prefix.Addr()) {
			return true
		}
	}
	return false
}

func allowedDomain(name string, allowed []string) bool {
	if allowed == nil {
		return true
	}
	for _, parent := range allowed {
		if name == parent || strings.HasSuffix(name, "."+parent) {
			return true
		}
	}
	return false
}

// Learned refuses an address that a name led to beyond the ceilings: allowed are the prefixes of a
// device, the served ones of a gateway, nil for the built-in limits alone.
func Learned(address netip.Addr, allowed []netip.Prefix) error {
	return checkRoute("names", netip.PrefixFrom(address, address.BitLen()), allowed)
}
