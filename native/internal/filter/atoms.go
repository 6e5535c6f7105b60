//go:build linux

package filter

import (
	"cmp"
	"context"
	"errors"
	"net/netip"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/object"
)

// atomItem is one element of an atom map, with its keys as the kernel lays them out.
type atomItem struct {
	set        string
	first, end string
	id         atom.ID
}

func compareItems(a, b atomItem) int {
	return cmp.Or(cmp.Compare(a.set, b.set), cmp.Compare(a.first, b.first), cmp.Compare(a.id, b.id))
}

func (a atomItem) element() nfnl.Element {
	return nfnl.Element{Key: []byte(a.first), End: []byte(a.end), Data: markOf(a.id)}
}

// forwarded leaves out the atoms of a family that this gateway does not forward.
func forwarded(g object.Gateway, table atom.Table) atom.Table {
	kept := table
	kept.Ports, kept.Protocols = nil, nil
	goes := func(address netip.Addr) bool {
		return (address.Is4() && g.ForwardV4) || (address.Is6() && g.ForwardV6)
	}
	for _, item := range table.Ports {
		if goes(item.First) {
			kept.Ports = append(kept.Ports, item)
		}
	}
	for _, item := range table.Protocols {
		if goes(item.First) {
			kept.Protocols = append(kept.Protocols, item)
		}
	}
	return kept
}

func itemsOf(table atom.Table) map[atomItem]bool {
	items := map[atomItem]bool{}
	for _, item := range table.Ports {
		items[atomItem{
			setOf("atom", item.First),
			string(portKey(item.First, item.Proto, item.Ports.First)),
			string(portKey(item.Last, item.Proto, item.Ports.Last)), item.ID,
		}] = true
	}
	for _, item := range table.Protocols {
		items[atomItem{
			setOf("atomp", item.First),
			string(protocolKey(item.First, item.FirstProto)),
			string(protocolKey(item.Last, item.LastProto)), item.ID,
		}] = true
	}
	return items
}

// rewriteAtoms turns the loaded atoms into others by their difference, without touching what stands
// in the other sets: removals wait for milliseconds at most. What ends goes first.
func (g *Gateway) rewriteAtoms(ctx context.Context, former, next atom.Table) error {
	ended, opened := g.book.reassign(next.IDs, clock.Monotonic())
	if err := g.writeSets(ctx, write{take: ended, put: noElements()}); err != nil {
		return err
	}
	if err := errors.Join(g.writeAtoms(former, next), g.rewriteNames()); err != nil {
		return g.rewrite(ctx, err)
	}
	if err := g.table.Settle(); err != nil {
		return err
	}
	return g.writeSets(ctx, write{take: noElements(), put: opened})
}

func (g *Gateway) writeAtoms(former, next atom.Table) error {
	before, after := itemsOf(former), itemsOf(next)
	gone, come := without(before, after), without(after, before)
	batch := nfnl.NewBatch(TableName)
	add := func(items []atomItem, write func(*nfnl.Batch, string, []nfnl.Element)) error {
		for _, item := range items {
			if batch.Len() >= nfnl.MaxElements {
				if err := batch.Commit(g.socket); err != nil {
					return err
				}
				batch = nfnl.NewBatch(TableName)
			}
			write(batch, item.set, []nfnl.Element{item.element()})
		}
		return nil
	}
	if err := add(gone, (*nfnl.Batch).Delete); err != nil {
		return err
	}
	if err := add(come, (*nfnl.Batch).Add); err != nil {
		return err
	}
	if digest(former.IDs) != digest(next.IDs) {
		batch.Flush(digestSet)
		batch.Add(digestSet, []nfnl.Element{{Key: digest(next.IDs).AsSlice()}})
	}
	return batch.Commit(g.socket)
}

// without lists what the first has and the second has not, in a stable order.
func without(items, others map[atomItem]bool) []atomItem {
	left := map[atomItem]bool{}
	for item := range items {
		if !others[item] {
			left[item] = true
		}
	}
	return sortedKeys(left, compareItems)
}
