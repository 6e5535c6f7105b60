//go:build linux

package filter

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"sallyport.dev/netd/internal/kernel/nfnl"
)

// writeSets sends elements that end before those that open, in one transaction when they fit. While the
// kernel commits one, the next is encoded.
func (g *Gateway) writeSets(ctx context.Context, w write) error {
	encoded, stop := make(chan *nfnl.Batch, 1), make(chan struct{})
	defer close(stop)
	go func() {
		defer close(encoded)
		for batch := range batches(w) {
			select {
			case encoded <- batch:
			case <-stop:
				return
			}
		}
	}()
	for batch := range encoded {
		if err := batch.Commit(g.socket); err != nil {
			return g.rewrite(ctx, err)
		}
	}
	return nil
}

func batches(w write) iter.Seq[*nfnl.Batch] {
	return func(yield func(*nfnl.Batch) bool) {
		batch := nfnl.NewBatch(TableName)
		for part := range parts(w) {
			if batch.Len() > 0 && batch.Len()+len(part.items) > nfnl.MaxElements {
				if !yield(batch) {
					return
				}
				batch = nfnl.NewBatch(TableName)
			}
			part.act(batch, part.set, part.items)
		}
		yield(batch)
	}
}

type part struct {
	set   string
	act   func(*nfnl.Batch, string, []nfnl.Element)
	items []nfnl.Element
}

// parts groups elements by set, each group small enough for one transaction.
func parts(w write) iter.Seq[part] {
	return func(yield func(part) bool) {
		for _, group := range []struct {
			all elements
			act func(*nfnl.Batch, string, []nfnl.Element)
		}{{w.take, (*nfnl.Batch).Take}, {w.put, (*nfnl.Batch).Put}, {w.add, (*nfnl.Batch).Add}} {
			for part := range partsOf("live", group.all.live, liveElement) {
				part.act = group.act
				if !yield(part) {
					return
				}
			}
			for part := range partsOf("grant", group.all.permits, permitElement) {
				part.act = group.act
				if !yield(part) {
					return
				}
			}
		}
	}
}

func liveElement(address netip.Addr) (netip.Addr, []byte) { return address, liveKey(address) }

func permitElement(key permit) (netip.Addr, []byte) { return key.address, permitKey(key) }

// partsOf splits by family, and then into pieces.
func partsOf[K comparable](
	kind string, all map[K]time.Duration, encode func(K) (netip.Addr, []byte),
) iter.Seq[part] {
	return func(yield func(part) bool) {
		v4, v6 := part{set: kind + "4"}, part{set: kind + "6"}
		for item, left := range all {
			address, key := encode(item)
			of := &v6
			if address.Is4() {
				of = &v4
			}
			if len(of.items) == nfnl.MaxElements {
				if !yield(*of) {
					return
				}
				of.items = nil
			}
			of.items = append(of.items, nfnl.Element{Key: key, Timeout: left})
		}
		for _, rest := range []part{v4, v6} {
			if len(rest.items) > 0 && !yield(rest) {
				return
			}
		}
	}
}
