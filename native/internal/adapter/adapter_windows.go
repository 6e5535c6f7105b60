// Package adapter is the tunnel interface of a Windows: an adapter of wintun, with its addresses,
// routes and what the system tells of the others. It was never run on a real Windows.
package adapter

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/windows"
	"golang.zx2c4.com/wireguard/tun"
	"golang.zx2c4.com/wireguard/windows/tunnel/winipcfg"

	"sallyport.dev/netd/internal/ports"
)

// ours keeps the network location of Windows the same from start to start.
var ours = windows.GUID{Data1: 0x7b1c5d3e, Data2: 0x9a40, Data3: 0x4d0e,
	Data4: [8]byte{0xa1, 0x52, 0x53, 0x61, 0x6c, 0x6c, 0x79, 0x33}}

// Adapter is ours; it implements guard.Adapter.
type Adapter struct {
	name string

	mutex sync.Mutex
	made  *tun.NativeTun // nil: there is none
}

// New makes nothing yet.
func New(name string) *Adapter { return &Adapter{name: name} }

// Try tells why this machine cannot have the adapter, by making it once.
func (a *Adapter) Try() error {
	made, err := a.Make(smallestMTU)
	if err != nil {
		return fmt.Errorf("%s: %w", libraryName, err)
	}
	return made.Close()
}

// smallestMTU does for every network; a config brings its own.
const smallestMTU = 1280

// Make implements guard.Adapter.
func (a *Adapter) Make(mtu int) (tun.Device, error) {
	device, err := tun.CreateTUNWithRequestedGUID(a.name, &ours, mtu)
	if err != nil {
		return nil, err
	}
	made, isWintun := device.(*tun.NativeTun)
	if !isWintun {
		return nil, errors.Join(errors.New("the adapter is none of wintun"), device.Close())
	}
	if err := awaitFamilies(winipcfg.LUID(made.LUID())); err != nil {
		return nil, errors.Join(err, made.Close())
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.made = made
	return made, nil
}

func (a *Adapter) number() winipcfg.LUID {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made == nil {
		return 0
	}
	// 0 once it was closed.
	return winipcfg.LUID(a.made.LUID())
}

// Number implements guard.Adapter.
func (a *Adapter) Number() uint64 {
	number := a.number()
	if number == 0 {
		return 0
	}
	if _, err := number.Interface(); err != nil {
		return 0
	}
	return uint64(number)
}

var families = []winipcfg.AddressFamily{windows.AF_INET, windows.AF_INET6}

// How long the system may take to give a new adapter its families. Without IPv6 an adapter does, since
// a machine may have none.
const (
	ipv4Time    = 10 * time.Second
	ipv6Time    = 2 * time.Second
	familyPause = 10 * time.Millisecond
)

// awaitFamilies waits until the adapter can be configured: the system binds it a moment after it was
// made.
func awaitFamilies(number winipcfg.LUID) error {
	for _, family := range families {
		within := ipv4Time
		if family == windows.AF_INET6 {
			within = ipv6Time
		}
		deadline := time.Now().Add(within)
		for !has(number, family) && time.Now().Before(deadline) {
			time.Sleep(familyPause)
		}
	}
	if !has(number, windows.AF_INET) {
		return errors.New("the system gives the adapter no IPv4")
	}
	return nil
}

func has(number winipcfg.LUID, family winipcfg.AddressFamily) bool {
	_, err := number.IPInterface(family)
	return !errors.Is(err, windows.ERROR_NOT_FOUND)
}

// Possible implements guard.Adapter.
func (a *Adapter) Possible(prefixes []netip.Prefix) []netip.Prefix {
	number, kept := a.number(), []netip.Prefix{}
	for _, family := range families {
		if has(number, family) {
			kept = append(kept, ofFamily(prefixes, family)...)
		}
	}
	return kept
}

// Configure implements guard.Adapter. A machine without IPv6 has no such addresses.
func (a *Adapter) Configure(addresses []netip.Prefix, mtu int) error {
	number := a.number()
	failures := []error{}
	for _, family := range families {
		row, err := number.IPInterface(family)
		if errors.Is(err, windows.ERROR_NOT_FOUND) && family == windows.AF_INET6 {
			continue
		}
		if err != nil {
			failures = append(failures, err)
			continue
		}
		failures = append(failures, setInterface(row, mtu), setAddresses(number, family, addresses))
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made != nil {
		a.made.ForceMTU(mtu)
	}
	return errors.Join(failures...)
}

// setInterface believes no router and sends from no other interface's address.
func setInterface(row *winipcfg.MibIPInterfaceRow, mtu int) error {
	if row.NLMTU == uint32(mtu) && !row.UseAutomaticMetric && row.Metric == 0 {
		return nil
	}
	row.RouterDiscoveryBehavior = winipcfg.RouterDiscoveryDisabled
	row.DadTransmits = 0
	row.ManagedAddressConfigurationSupported = false
	row.OtherStatefulConfigurationSupported = false
	row.WeakHostSend, row.WeakHostReceive, row.ForwardingEnabled = false, false, false
	row.UseAutomaticMetric, row.Metric = false, 0
	row.NLMTU = uint32(mtu)
	if err := row.Set(); err != nil {
		return fmt.Errorf("interface: %w", err)
	}
	return nil
}

// setAddresses leaves right ones alone: connections live on them.
func setAddresses(
	number winipcfg.LUID, family winipcfg.AddressFamily, wanted []netip.Prefix,
) error {
	held, err := addressesOf(number, family)
	if err != nil {
		return err
	}
	missing, surplus := apart(ofFamily(wanted, family), held)
	failures := []error{}
	for _, address := range surplus {
		failures = append(failures, number.DeleteIPAddress(address))
	}
	for _, address := range missing {
		if err := number.AddIPAddress(address); err != nil {
			failures = append(failures, fmt.Errorf("address %s: %w", address, err))
		}
	}
	return errors.Join(failures...)
}

func addressesOf(number winipcfg.LUID, family winipcfg.AddressFamily) ([]netip.Prefix, error) {
	rows, err := winipcfg.GetUnicastIPAddressTable(family)
	if err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	held := []netip.Prefix{}
	for _, row := range rows {
		address := row.Address.Addr()
		if row.InterfaceLUID == number && !address.IsLinkLocalUnicast() {
			held = append(held, netip.PrefixFrom(address, int(row.OnLinkPrefixLength)))
		}
	}
	return held, nil
}

// Route implements guard.Adapter; what leads nowhere any more goes first.
func (a *Adapter) Route(prefixes []netip.Prefix) error {
	number := a.number()
	held, err := routesOf(number)
	if err != nil {
		return err
	}
	missing, surplus := apart(a.Possible(prefixes), held)
	failures := []error{}
	for _, prefix := range surplus {
		if err := number.DeleteRoute(prefix, unspecified(prefix)); err != nil {
			failures = append(failures, fmt.Errorf("route %s: %w", prefix, err))
		}
	}
	for _, prefix := range missing {
		if err := number.AddRoute(prefix, unspecified(prefix), 0); err != nil {
			failures = append(failures, fmt.Errorf("route %s: %w", prefix, err))
		}
	}
	return errors.Join(failures...)
}

// routesOf are those that somebody set; the system makes its own for addresses and multicast.
func routesOf(number winipcfg.LUID) ([]netip.Prefix, error) {
	rows, err := winipcfg.GetIPForwardTable2(windows.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	held := []netip.Prefix{}
	for _, row := range rows {
		if row.InterfaceLUID == number && row.Protocol == winipcfg.RouteProtocolNetMgmt {
			held = append(held, row.DestinationPrefix.Prefix())
		}
	}
	return held, nil
}

// Observe implements guard.Adapter.
func (a *Adapter) Observe() (*ports.LinkObserved, []netip.Prefix, error) {
	number := a.number()
	row, err := number.Interface()
	if number == 0 || errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("interface: %w", err)
	}
	link := &ports.LinkObserved{Name: a.name, Up: row.OperStatus == winipcfg.IfOperStatusUp}
	for _, family := range families {
		held, err := addressesOf(number, family)
		if err != nil {
			return nil, nil, err
		}
		link.Addresses = append(link.Addresses, held...)
		if own, err := number.IPInterface(family); err == nil && link.MTU == 0 {
			link.MTU = int(own.NLMTU)
		}
	}
	routes, err := routesOf(number)
	return link, routes, err
}
