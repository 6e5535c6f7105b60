//go:build linux

package filter

import (
	"net/netip"
	"slices"
	"strings"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

// devicesOf is an address in each pool that is not our own.
func devicesOf(gateway object.Gateway) []netip.Addr {
	found := []netip.Addr{}
	for _, pool := range gateway.Pools {
		address := pool.Addr().Next()
		for slices.Contains(gateway.Addresses, address) {
			address = address.Next()
		}
		found = append(found, address)
	}
	return found
}

func (b *insideBook) tell() {
	lost, err := b.lost()
	if err != nil {
		b.log.Warn("routing cannot be asked", "why", err.Error())
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	text := listed(lost)
	switch {
	case text == b.told:
		return
	case text == "":
		b.log.Info("what had lost its route inside has one again", "prefixes", b.told)
	default:
		b.log.Warn("closed: the route inside is gone", "prefixes", text)
	}
	b.told = text
}

// lost lists what is known and refused now. Of a prefix one address stands for all.
func (b *insideBook) lost() ([]netip.Prefix, error) {
	b.mutex.Lock()
	held, sources := b.held, b.sources
	b.mutex.Unlock()
	link, err := wg.IndexOf(LinkName)
	if link == 0 || err != nil {
		return nil, err
	}
	lost := []netip.Prefix{}
	// What is not forwarded at all is refused as well, which is another matter.
	forwards := sysctl.Read("ipv4/conf/"+LinkName+"/forwarding") == "1"
	for _, prefix := range held {
		for _, source := range sources {
			if source.Is4() != prefix.Addr().Is4() || source.Is4() && !forwards {
				continue
			}
			refused, err := route.Refused(link, source, middleOf(prefix))
			if err != nil {
				return nil, err
			}
			if refused {
				lost = append(lost, prefix)
			}
		}
	}
	return lost, nil
}

// middleOf is an address that is hardly the machine's own, a broadcast or an anycast one.
func middleOf(prefix netip.Prefix) netip.Addr {
	raw, bit := prefix.Addr().AsSlice(), prefix.Bits()
	if bit < 8*len(raw)-1 {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	address, _ := netip.AddrFromSlice(raw)
	return address
}

// listed names a few and counts the rest.
func listed(all []netip.Prefix) string {
	const named = 8
	texts := []string{}
	for _, prefix := range all[:min(named, len(all))] {
		texts = append(texts, prefix.String())
	}
	if len(all) > named {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}
