package adapter

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/windows"
	"golang.zx2c4.com/wireguard/windows/tunnel/winipcfg"
)

// others are the interfaces that are not ours and up.
func (a *Adapter) others() ([]*winipcfg.IPAdapterAddresses, error) {
	found, err := winipcfg.GetAdaptersAddresses(windows.AF_UNSPEC, winipcfg.GAAFlagDefault)
	if err != nil {
		return nil, fmt.Errorf("interfaces: %w", err)
	}
	number, kept := a.number(), []*winipcfg.IPAdapterAddresses{}
	for _, one := range found {
		if one.LUID != number && one.OperStatus == winipcfg.IfOperStatusUp {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

// Networks implements guard.Network.
func (a *Adapter) Networks() ([]netip.Prefix, error) {
	interfaces, err := a.others()
	found := []netip.Prefix{}
	for _, one := range interfaces {
		for item := one.FirstUnicastAddress; item != nil; item = item.Next {
			if address, known := netip.AddrFromSlice(item.Address.IP()); known {
				prefix := netip.PrefixFrom(address.Unmap(), int(item.OnLinkPrefixLength))
				found = append(found, prefix.Masked())
			}
		}
	}
	return found, err
}

// siteLocal is what Windows asks where a link names nobody; nobody has these addresses.
var siteLocal = netip.MustParsePrefix("fec0::/10")

// Resolvers implements guard.Network.
func (a *Adapter) Resolvers() ([]netip.Addr, error) {
	interfaces, err := a.others()
	found := []netip.Addr{}
	for _, one := range interfaces {
		for item := one.FirstDNSServerAddress; item != nil; item = item.Next {
			address, known := netip.AddrFromSlice(item.Address.IP())
			if known && !siteLocal.Contains(address) {
				found = append(found, address.Unmap())
			}
		}
	}
	return found, err
}

// FollowAddresses calls moved after each change of another interface's addresses, until stop is called.
func (a *Adapter) FollowAddresses(moved func()) (stop func() error, err error) {
	callback, err := winipcfg.RegisterUnicastAddressChangeCallback(
		func(_ winipcfg.MibNotificationType, row *winipcfg.MibUnicastIPAddressRow) {
			if row.InterfaceLUID != a.number() {
				moved()
			}
		})
	if err != nil {
		return nil, fmt.Errorf("addresses cannot be followed: %w", err)
	}
	return callback.Unregister, nil
}
