//go:build linux

package filter

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/nfnl"
)

// permit is one element of a grant set.
type permit struct {
	address netip.Addr
	id      atom.ID
}

// elements is the changing part of lock 1 with the time left of each; nothing in it is over.
type elements struct {
	live    map[netip.Addr]time.Duration
	permits map[permit]time.Duration
	// names prints the learned atoms of one map.
	names func(set string) []string
}

func noElements() elements {
	return elements{
		live: map[netip.Addr]time.Duration{}, permits: map[permit]time.Duration{},
		names: func(string) []string { return nil },
	}
}

// items prints the elements of one family in a stable order.
func (e elements) items(is4 bool) (live, grants []string) {
	for _, address := range sortedKeys(e.live, netip.Addr.Compare) {
		if address.Is4() == is4 {
			live = append(live, fmt.Sprintf("%s timeout %s", plain(address), timeout(e.live[address])))
		}
	}
	for _, key := range sortedKeys(e.permits, comparePermits) {
		if key.address.Is4() == is4 {
			grants = append(grants, fmt.Sprintf("%s . %#x timeout %s",
				plain(key.address), key.id, timeout(e.permits[key])))
		}
	}
	return live, grants
}

func timeout(left time.Duration) string {
	return fmt.Sprintf("%dms", max(left.Milliseconds(), 1))
}

func comparePermits(a, b permit) int {
	return cmp.Or(a.address.Compare(b.address), cmp.Compare(a.id, b.id))
}

func sortedKeys[K comparable, V any](from map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(from))
	for key := range from {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// digest names the assignment of resources to ids: elements of a former process mean the same only
// when it is the same. It has the form of an address, so that a set can hold it.
func digest(ids map[string]atom.ID) netip.Addr {
	hash := sha256.New()
	for _, id := range sortedKeys(ids, cmp.Compare[string]) {
		fmt.Fprintf(hash, "%s %d\n", id, ids[id])
	}
	return netip.AddrFrom16([16]byte(hash.Sum(nil)))
}

// readDigest is invalid where no table of ours says under which ids its elements stand.
func (g *Gateway) readDigest() (netip.Addr, error) {
	held, err := g.socket.Elements(TableName, digestSet)
	if errors.Is(err, nfnl.ErrMissing) || len(held) != 1 {
		return netip.Addr{}, ignoreMissing(err)
	}
	address, _ := netip.AddrFromSlice(held[0].Key)
	return address, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, nfnl.ErrMissing) {
		return nil
	}
	return err
}

// readElements reads what the kernel holds; no table is no elements.
func (g *Gateway) readElements() (elements, error) {
	found := noElements()
	for _, suffix := range []string{"4", "6"} {
		live, err := g.socket.Elements(TableName, "live"+suffix)
		if errors.Is(err, nfnl.ErrMissing) {
			return found, nil
		}
		if err != nil {
			return found, err
		}
		for _, item := range live {
			if address, ok := netip.AddrFromSlice(item.Key); ok {
				found.live[address] = item.Expires
			}
		}
		grants, err := g.socket.Elements(TableName, "grant"+suffix)
		if err != nil {
			return found, err
		}
		for _, item := range grants {
			if key, ok := readPermit(item.Key); ok {
				found.permits[key] = item.Expires
			}
		}
	}
	return found, nil
}
