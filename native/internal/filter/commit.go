//go:build linux

package filter

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

// heardAtMost is how many elements of a snapshot the kernel tells of one by one; of more that would take
// a third of the time to write them.
const heardAtMost = 5_000

// Commit writes one change. Elements that end go first, a new peer comes before its elements, a
// peer without a grant goes after them. If the kernel refuses a transaction, the whole table is
// written anew from the book; if that fails too, what was to open is dropped.
func (g *Gateway) Commit(ctx context.Context, change ports.Change) (ports.CommitResult, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.desired == nil || g.link == nil || g.peers == nil {
		return ports.CommitResult{}, errNotConfigured
	}
	w := g.book.apply(change, clock.Monotonic())
	var strays []netip.Prefix
	if change.Replace {
		g.awaited = nil
		var err error
		if strays, err = g.sweep(&w); err != nil {
			g.forget(change)
			return ports.CommitResult{}, err
		}
		if g.Pause != nil && w.size() > heardAtMost {
			defer g.Pause()()
		}
	}
	result, err := g.commit(ctx, w)
	if err != nil {
		g.forget(change)
		return ports.CommitResult{}, err
	}
	if change.Replace {
		g.flows.forget(strays, g.log)
		err = g.replacePeers()
	}
	return result, err
}

func (g *Gateway) commit(ctx context.Context, w write) (ports.CommitResult, error) {
	wanted, err := g.peersOf(w.keys)
	if err != nil {
		return ports.CommitResult{}, err
	}
	fresh := g.peers.unwritten(wanted)
	if len(fresh) > 0 {
		if err := g.writeSets(ctx, closing(w)); err != nil {
			return ports.CommitResult{}, err
		}
		w.take = noElements()
	}
	if err := g.open(ctx, fresh, w); err != nil {
		return ports.CommitResult{}, err
	}
	result := ports.CommitResult{KernelAtMs: clock.MonotonicMs()}
	return result, g.removePeers(w.keys)
}

// open writes new peers before their elements: an address may come from another peer, which must
// have lost it by then. Where there is no peer yet both go side by side, since either opens nothing
// without the other.
func (g *Gateway) open(ctx context.Context, fresh []wg.Peer, w write) error {
	if len(fresh) == 0 {
		return g.writeSets(ctx, w)
	}
	// The flows of who had these addresses were waited for before anything was locked; here only
	// those of a removal that overtook.
	for _, peer := range fresh {
		g.flows.settle(peer.AllowedIPs)
	}
	if g.peersKnown && len(g.peers) == 0 {
		put := make(chan error, 1)
		go func() { put <- g.link.Put(fresh...) }()
		if err := errors.Join(g.writeSets(ctx, w), <-put); err != nil {
			return err
		}
		g.peers.note(fresh)
		return nil
	}
	if err := g.link.Put(fresh...); err != nil {
		return err
	}
	g.peers.note(fresh)
	return g.writeSets(ctx, w)
}

// closing is the part of a change that goes ahead of new peers; what moves between peers is closed
// until the address has moved.
func closing(w write) write {
	first := write{take: w.take, put: noElements()}
	if w.moved {
		for address := range w.put.live {
			first.take.live[address] = 0
		}
		for key := range w.put.permits {
			first.take.permits[key] = 0
		}
	}
	return first
}

// rewrite loads the whole table after a refused transaction, for instance when somebody had flushed
// the ruleset; the book knows all that should be open.
func (g *Gateway) rewrite(ctx context.Context, cause error) error {
	g.log.Warn("elements refused, loading the table anew", "why", cause.Error())
	if err := g.loadTable(ctx); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// separate puts what the kernel does not hold into add: a third of the work, which counts when ten
// thousand grants come at once.
func (w *write) separate(kernel elements) {
	if len(kernel.live)+len(kernel.permits) == 0 {
		w.put, w.add = noElements(), w.put
		return
	}
	w.add = noElements()
	for address, left := range w.put.live {
		if _, held := kernel.live[address]; !held {
			w.add.live[address] = left
			delete(w.put.live, address)
		}
	}
	for key, left := range w.put.permits {
		if _, held := kernel.permits[key]; !held {
			w.add.permits[key] = left
			delete(w.put.permits, key)
		}
	}
}

// sweep adds whatever the kernel holds and the book does not know to what is taken away, and answers
// the addresses that a former process had given to somebody.
func (g *Gateway) sweep(w *write) ([]netip.Prefix, error) {
	kernel, err := g.readElements()
	if err != nil {
		return nil, err
	}
	w.separate(kernel)
	if len(kernel.live)+len(kernel.permits) == 0 {
		return nil, nil
	}
	strays := []netip.Prefix{}
	known := g.book.elements(clock.Monotonic(), kernel, false)
	for address := range kernel.live {
		if _, kept := known.live[address]; !kept {
			w.take.live[address] = 0
			strays = append(strays, netip.PrefixFrom(address, address.BitLen()))
		}
	}
	for key := range kernel.permits {
		if _, kept := known.permits[key]; !kept {
			w.take.permits[key] = 0
		}
	}
	return strays, nil
}

func (g *Gateway) removePeers(keys map[object.Key]bool) error {
	left := g.book.addresses(keys)
	gone := []object.Key{}
	for key := range keys {
		if _, granted := left[key]; !granted {
			gone = append(gone, key)
			g.flows.forget(g.peers[key], g.log)
			delete(g.peers, key)
			delete(g.expected, key)
		}
	}
	return g.link.Remove(gone...)
}

// replacePeers removes the peers that no grant names: those that a former process left, and those
// that were expected in vain.
func (g *Gateway) replacePeers() error {
	if g.peersKnown {
		vain := []object.Key{}
		for key := range g.expected {
			if _, granted := g.peers[key]; !granted {
				vain = append(vain, key)
			}
		}
		g.expected = nil
		return g.link.Remove(vain...)
	}
	wanted, err := g.peersOf(g.book.keys())
	if err != nil {
		return err
	}
	if err := g.link.Reconcile(wanted); err != nil {
		return err
	}
	g.peers, g.peersKnown, g.expected = peerTable{}, true, nil
	g.peers.note(wanted)
	return nil
}

// forget drops what a failed change was to open; what it was to end stays ended in the book, so the
// next table that is written does not hold it either.
func (g *Gateway) forget(change ports.Change) {
	w := write{take: noElements(), put: noElements(), keys: map[object.Key]bool{}}
	for _, item := range change.Upsert {
		g.book.close(item.Grant, &w)
	}
	if err := g.removePeers(w.keys); err != nil {
		g.log.Error("peers of a failed change stay", "why", err.Error())
	}
}

// EmptyLive ends every flow at once; peers and grants stay.
func (g *Gateway) EmptyLive(ctx context.Context) (ports.CommitResult, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.book.emptyLive()
	batch := nfnl.NewBatch(TableName)
	batch.Flush("live4")
	batch.Flush("live6")
	err := batch.Commit(g.socket)
	if errors.Is(err, nfnl.ErrMissing) && g.desired == nil {
		err = nil
	} else if err != nil {
		err = g.rewrite(ctx, fmt.Errorf("empty live: %w", err))
	}
	return ports.CommitResult{KernelAtMs: clock.MonotonicMs()}, err
}
