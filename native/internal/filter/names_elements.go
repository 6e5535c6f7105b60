package filter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/object"
)

func learnedItems(table atom.Table) []nameItem {
	items := []nameItem{}
	for _, found := range table.Ports {
		items = append(items, nameItem{
			set: learnSet("learn", found.First), first: found.First, last: found.Last, withPorts: true,
			proto: found.Proto, protoLast: found.Proto, ports: found.Ports, id: found.ID,
		})
	}
	for _, found := range table.Protocols {
		items = append(items, nameItem{
			set: learnSet("learnp", found.First), first: found.First, last: found.Last,
			proto: found.FirstProto, protoLast: found.LastProto, id: found.ID,
		})
	}
	return items
}

func learnSet(name string, address netip.Addr) string {
	if address.Is4() {
		return name + "4"
	}
	return name + "6"
}

// element is the item as the kernel lays it out: each field padded to 4 bytes, ports in network
// order, the mark in that of the host.
func (i nameItem) element(left time.Duration) nfnl.Element {
	key := func(address netip.Addr, proto uint8, port uint16) []byte {
		raw := append(address.AsSlice(), proto, 0, 0, 0)
		if i.withPorts {
			raw = append(binary.BigEndian.AppendUint16(raw, port), 0, 0)
		}
		return raw
	}
	return nfnl.Element{
		Key:     key(i.first, i.proto, i.ports.First),
		End:     key(i.last, i.protoLast, i.ports.Last),
		Data:    binary.NativeEndian.AppendUint32(nil, uint32(i.id)),
		Timeout: max(left, time.Millisecond),
	}
}

// text is the item in nft's language.
func (i nameItem) text(left time.Duration) string {
	key := fmt.Sprintf("%s . %s", span(i.first, i.last), numbers(int(i.proto), int(i.protoLast)))
	if i.withPorts {
		key += " . " + numbers(int(i.ports.First), int(i.ports.Last))
	}
	return fmt.Sprintf("%s timeout %s : %#x", key, timeout(left), i.id)
}

// texts prints what one map of learned atoms should hold now.
func (n *nameBook) texts(set string, now time.Duration) []string {
	found := []string{}
	for _, address := range sortedKeys(n.hosts, netip.Addr.Compare) {
		known := n.hosts[address]
		for _, item := range known.items {
			if left := known.until - now; item.set == set && left > 0 {
				found = append(found, item.text(left))
			}
		}
	}
	return found
}

// reindex takes over new resources: what a name may not lead to any more is forgotten. What the
// kernel still holds of it stays in stale until rewriteNames.
func (n *nameBook) reindex(resources []object.Resource, atoms atom.Table) {
	n.zones = zonesOf(resources)
	for address, known := range n.hosts {
		if len(known.names) == 0 {
			continue // of a former process: its table is carried over only under the same ids
		}
		next := &host{names: map[string]time.Duration{}, until: known.until}
		for name, end := range known.names {
			if len(n.learnedAt(address, map[string]time.Duration{name: end})) > 0 {
				next.names[name] = end
			}
		}
		table, err := atoms.At(address, n.learnedAt(address, next.names))
		if err == nil {
			next.items = learnedItems(table)
		}
		if len(next.names) > 0 && slices.Equal(known.items, next.items) {
			known.names = next.names
			continue
		}
		n.stale = append(n.stale, known.items...)
		if delete(n.hosts, address); err == nil && len(next.names) > 0 {
			n.hosts[address] = next
			n.fresh = append(n.fresh, address)
		}
	}
}

// rewriteNames brings the kernel's learned atoms up to what reindex found.
func (g *Gateway) rewriteNames() error {
	now := clock.Monotonic()
	batch := nfnl.NewBatch(TableName)
	for _, item := range g.names.stale {
		batch.Take(item.set, []nfnl.Element{item.element(time.Second)})
	}
	for _, address := range g.names.fresh {
		if known, found := g.names.hosts[address]; found {
			for _, item := range known.items {
				batch.Put(item.set, []nfnl.Element{item.element(known.until - now)})
			}
		}
	}
	g.names.stale, g.names.fresh = nil, nil
	return batch.Commit(g.socket)
}

// adoptNames takes over the learned atoms of a former process until their time is over.
func (g *Gateway) adoptNames(now time.Duration) error {
	for _, set := range []string{"learn4", "learn6", "learnp4", "learnp6"} {
		held, err := g.socket.Elements(TableName, set)
		if errors.Is(err, nfnl.ErrMissing) {
			continue
		}
		if err != nil {
			return err
		}
		for _, element := range held {
			item, ok := readItem(set, element)
			if !ok || element.Expires == 0 {
				continue
			}
			known, found := g.names.hosts[item.first]
			if !found {
				known = &host{names: map[string]time.Duration{}}
				g.names.hosts[item.first] = known
			}
			known.items = append(known.items, item)
			known.until = max(known.until, now+element.Expires)
		}
	}
	return nil
}

func readItem(set string, held nfnl.Held) (nameItem, bool) {
	size, withPorts := 16, !strings.HasPrefix(set, "learnp")
	if strings.HasSuffix(set, "4") {
		size = 4
	}
	length := size + 4
	if withPorts {
		length += 4
	}
	if len(held.Key) != length || len(held.End) != length || len(held.Data) != 4 {
		return nameItem{}, false
	}
	item := nameItem{set: set, withPorts: withPorts, proto: held.Key[size],
		protoLast: held.End[size], id: atom.ID(binary.NativeEndian.Uint32(held.Data))}
	item.first, _ = netip.AddrFromSlice(held.Key[:size])
	item.last, _ = netip.AddrFromSlice(held.End[:size])
	if withPorts {
		item.ports.First = binary.BigEndian.Uint16(held.Key[size+4:])
		item.ports.Last = binary.BigEndian.Uint16(held.End[size+4:])
	}
	return item, item.first == item.last
}
