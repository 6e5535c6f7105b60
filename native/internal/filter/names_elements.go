//go:build linux

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
			set: setOf("learn", found.First), first: found.First, last: found.Last, withPorts: true,
			proto: found.Proto, protoLast: found.Proto, ports: found.Ports, id: found.ID,
		})
	}
	for _, found := range table.Protocols {
		items = append(items, nameItem{
			set: setOf("learnp", found.First), first: found.First, last: found.Last,
			proto: found.FirstProto, protoLast: found.LastProto, id: found.ID,
		})
	}
	return items
}

func (i nameItem) element(left time.Duration) nfnl.Element {
	key := func(address netip.Addr, proto uint8, port uint16) []byte {
		if i.withPorts {
			return portKey(address, proto, port)
		}
		return protocolKey(address, proto)
	}
	return nfnl.Element{
		Key: key(i.first, i.proto, i.ports.First), End: key(i.last, i.protoLast, i.ports.Last),
		Data: markOf(i.id), Timeout: max(left, time.Millisecond),
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
	withPorts := !strings.HasPrefix(set, "learnp")
	first, goodFirst := readAtomKey(held.Key, withPorts)
	last, goodLast := readAtomKey(held.End, withPorts)
	if !goodFirst || !goodLast || first.address != last.address || len(held.Data) != 4 ||
		setOf(set[:len(set)-1], first.address) != set {
		return nameItem{}, false
	}
	return nameItem{
		set: set, withPorts: withPorts, first: first.address, last: last.address,
		proto: first.proto, protoLast: last.proto,
		ports: object.PortRange{First: first.port, Last: last.port},
		id:    atom.ID(binary.NativeEndian.Uint32(held.Data)),
	}, true
}
