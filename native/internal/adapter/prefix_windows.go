package adapter

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/windows"
	"golang.zx2c4.com/wireguard/windows/tunnel/winipcfg"
)

func ofFamily(prefixes []netip.Prefix, family winipcfg.AddressFamily) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(prefix netip.Prefix) bool {
		return prefix.Addr().Is4() != (family == windows.AF_INET)
	})
}

// apart answers what is wanted and not held, and what is held and not wanted.
func apart(wanted, held []netip.Prefix) (missing, surplus []netip.Prefix) {
	for _, prefix := range wanted {
		if !slices.Contains(held, prefix) {
			missing = append(missing, prefix)
		}
	}
	for _, prefix := range held {
		if !slices.Contains(wanted, prefix) {
			surplus = append(surplus, prefix)
		}
	}
	return missing, surplus
}

// unspecified is the next hop of a route into an interface that has no neighbours.
func unspecified(prefix netip.Prefix) netip.Addr {
	if prefix.Addr().Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}
