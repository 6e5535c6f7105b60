//go:build linux

package filter

import (
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// book is what this process put into the kernel and until when, so that a table that vanished can
// be written again with the time left. It is pure; instants are times since boot. One tunnel
// address belongs to one grant: the one upserted last.
type book struct {
	ids     map[string]atom.ID
	entries map[string]*entry // by jti
	owners  map[netip.Addr]string
	byKey   map[object.Key]map[string]bool // jtis of each peer
}

type entry struct {
	grant object.Grant
	ends  map[string]time.Duration
	// live is when the lease ends; unknown when the kernel holds a lease of a former process.
	live        time.Duration
	liveUnknown bool
}

// write is what one change does to the kernel's sets and peers.
type write struct {
	take  elements // to be made absent; the times mean nothing
	put   elements // to be made present with the time left
	add   elements // the same, where the kernel is known not to hold it
	keys  map[object.Key]bool
	moved bool // an address goes from one peer to another: closed in between
}

func (w write) size() int {
	count := 0
	for _, all := range []elements{w.take, w.put, w.add} {
		count += len(all.live) + len(all.permits)
	}
	return count
}

func newBook() *book {
	return &book{
		entries: map[string]*entry{}, owners: map[netip.Addr]string{},
		byKey: map[object.Key]map[string]bool{},
	}
}

// apply takes the change into the book and answers what the kernel must be told.
func (b *book) apply(change ports.Change, now time.Duration) write {
	w := write{
		take: noElements(), put: roomFor(change.Upsert),
		keys: make(map[object.Key]bool, len(change.Upsert)),
	}
	for _, grant := range b.ending(change) {
		b.close(grant, &w)
	}
	for _, item := range change.Upsert {
		b.upsert(item, now, &w)
	}
	for _, item := range change.Renew {
		b.renew(item, now, &w)
	}
	for address := range w.put.live {
		delete(w.take.live, address)
	}
	for key := range w.put.permits {
		delete(w.take.permits, key)
	}
	return w
}

// roomFor is no elements yet, and room for all that these grants open.
func roomFor(upserts []ports.GrantUpsert) elements {
	addresses, permits := 0, 0
	for _, item := range upserts {
		addresses += len(item.Grant.Addresses)
		permits += len(item.Grant.Addresses) * len(item.Ends)
	}
	room := noElements()
	room.live = make(map[netip.Addr]time.Duration, addresses)
	room.permits = make(map[permit]time.Duration, permits)
	return room
}

// ending lists the grants that the change ends, those of a Replace in a stable order.
func (b *book) ending(change ports.Change) []object.Grant {
	grants := []object.Grant{}
	for _, item := range change.Remove {
		grants = append(grants, item.Grant)
	}
	if !change.Replace {
		return grants
	}
	named := map[string]bool{}
	for _, item := range change.Upsert {
		named[item.Grant.JTI] = true
		if item.Former != nil {
			named[item.Former.JTI] = true
		}
	}
	for _, jti := range b.jtis() {
		if !named[jti] {
			grants = append(grants, b.entries[jti].grant)
		}
	}
	return grants
}

// close ends a grant at every address that no other grant has by now. It names all elements the
// grant may have, so it also works for one that a former process put there.
func (b *book) close(grant object.Grant, w *write) {
	for _, prefix := range grant.Addresses {
		owner, owned := b.owners[prefix.Addr()]
		if !owned || owner == grant.JTI {
			b.closeAddress(prefix.Addr(), grant, w)
		}
	}
	if known, found := b.entries[grant.JTI]; found {
		for _, prefix := range known.grant.Addresses {
			if b.owners[prefix.Addr()] == grant.JTI {
				b.closeAddress(prefix.Addr(), known.grant, w)
			}
		}
		w.keys[known.grant.PublicKey] = true
		b.unfile(known.grant)
	}
	w.keys[grant.PublicKey] = true
}

func (b *book) file(next *entry) {
	grant := next.grant
	b.entries[grant.JTI] = next
	if b.byKey[grant.PublicKey] == nil {
		b.byKey[grant.PublicKey] = map[string]bool{}
	}
	b.byKey[grant.PublicKey][grant.JTI] = true
}

func (b *book) unfile(grant object.Grant) {
	delete(b.entries, grant.JTI)
	delete(b.byKey[grant.PublicKey], grant.JTI)
	if len(b.byKey[grant.PublicKey]) == 0 {
		delete(b.byKey, grant.PublicKey)
	}
}

func (b *book) closeAddress(address netip.Addr, grant object.Grant, w *write) {
	w.take.live[address] = 0
	for _, access := range grant.Access {
		if id, known := b.ids[access.Resource]; known {
			w.take.permits[permit{address, id}] = 0
		}
	}
	delete(b.owners, address)
}

func (b *book) upsert(item ports.GrantUpsert, now time.Duration, w *write) {
	next := &entry{grant: item.Grant, ends: make(map[string]time.Duration, len(item.Ends))}
	for resource, left := range item.Ends {
		next.ends[resource] = now + left
	}
	former := b.entries[item.Grant.JTI]
	if item.Former != nil {
		former = b.entries[item.Former.JTI]
	}
	switch {
	case !item.KeepLive:
		next.live = now + item.Live
	case former != nil:
		next.live, next.liveUnknown = former.live, former.liveUnknown
	default:
		next.liveUnknown = true
	}
	closed := b.displace(item, w)
	b.file(next)
	w.keys[item.Grant.PublicKey] = true
	for _, prefix := range item.Grant.Addresses {
		address := prefix.Addr()
		b.owners[address] = item.Grant.JTI
		switch {
		case !item.KeepLive && item.Live > 0:
			w.put.live[address] = item.Live
		case !item.KeepLive:
			w.take.live[address] = 0
		case !closed[address]:
			delete(w.take.live, address)
		}
		for resource, left := range item.Ends {
			if id, known := b.ids[resource]; known && left > 0 {
				w.put.permits[permit{address, id}] = left
			}
		}
	}
}

// displace takes away what stood in the place of the new grant: other grants at its addresses, its
// former version and itself. It answers which addresses had the lease of another grant.
func (b *book) displace(item ports.GrantUpsert, w *write) map[netip.Addr]bool {
	same := map[string]bool{item.Grant.JTI: true}
	if item.Former != nil {
		same[item.Former.JTI] = true
		w.moved = w.moved || item.Former.PublicKey != item.Grant.PublicKey
	}
	closed := map[netip.Addr]bool{}
	for _, prefix := range item.Grant.Addresses {
		address := prefix.Addr()
		_, closed[address] = w.take.live[address]
		owner, owned := b.owners[address]
		if !owned {
			continue
		}
		other := b.entries[owner].grant
		w.moved = w.moved || other.PublicKey != item.Grant.PublicKey
		if !same[owner] {
			closed[address] = true
			w.keys[other.PublicKey] = true
			b.closeAddress(address, other, w)
		}
	}
	if item.Former != nil {
		b.close(*item.Former, w)
	}
	if known, found := b.entries[item.Grant.JTI]; found {
		b.close(known.grant, w)
	}
	return closed
}

func (b *book) renew(item ports.Renewal, now time.Duration, w *write) {
	known, found := b.entries[item.Grant.JTI]
	if !found {
		return
	}
	known.live, known.liveUnknown = now+item.Live, false
	for _, prefix := range known.grant.Addresses {
		if b.owners[prefix.Addr()] != item.Grant.JTI {
			continue
		}
		if item.Live > 0 {
			w.put.live[prefix.Addr()] = item.Live
		} else {
			w.take.live[prefix.Addr()] = 0
		}
	}
}

// emptyLive notes that no address is live any more.
func (b *book) emptyLive() {
	for _, known := range b.entries {
		known.live, known.liveUnknown = 0, false
	}
}

// elements is what the sets should hold now. What the kernel holds counts for leases that are not
// known here, and for addresses without a grant in the book if adopt says so (a former process).
func (b *book) elements(now time.Duration, kernel elements, adopt bool) elements {
	held := noElements()
	for address, left := range kernel.live {
		owner, owned := b.owners[address]
		if (owned && b.entries[owner].liveUnknown) || (!owned && adopt) {
			held.live[address] = left
		}
	}
	for key, left := range kernel.permits {
		if _, owned := b.owners[key.address]; !owned && adopt {
			held.permits[key] = left
		}
	}
	for address, jti := range b.owners {
		known := b.entries[jti]
		if left := known.live - now; left > 0 && !known.liveUnknown {
			held.live[address] = left
		}
		for resource, end := range known.ends {
			if id, found := b.ids[resource]; found && end > now {
				held.permits[permit{address, id}] = end - now
			}
		}
	}
	return held
}

// endsSoon is the time left in which the kernel may have ended what the book still counts.
const endsSoon = 5 * time.Second

// lacks tells whether the kernel holds less than was put there: somebody emptied a set.
func (b *book) lacks(kernel elements, now time.Duration) bool {
	wanted := b.elements(now, kernel, false)
	for address, left := range wanted.live {
		if _, held := kernel.live[address]; !held && left > endsSoon {
			return true
		}
	}
	for key, left := range wanted.permits {
		if _, held := kernel.permits[key]; !held && left > endsSoon {
			return true
		}
	}
	return false
}

// addresses lists what the peers of these keys may send from; a key without a grant has none.
func (b *book) addresses(keys map[object.Key]bool) map[object.Key][]netip.Prefix {
	found := map[object.Key][]netip.Prefix{}
	for key := range keys {
		list := []netip.Prefix{}
		for jti := range b.byKey[key] {
			for _, prefix := range b.entries[jti].grant.Addresses {
				if b.owners[prefix.Addr()] == jti {
					list = append(list, prefix)
				}
			}
		}
		if len(list) > 0 {
			slices.SortFunc(list, netip.Prefix.Compare)
			found[key] = list
		}
	}
	return found
}

// keys lists the peers that have a grant.
func (b *book) keys() map[object.Key]bool {
	found := map[object.Key]bool{}
	for key := range b.byKey {
		found[key] = true
	}
	return found
}

func (b *book) jtis() []string {
	found := make([]string, 0, len(b.entries))
	for jti := range b.entries {
		found = append(found, jti)
	}
	slices.Sort(found)
	return found
}

// reassign notes the ids of another set of resources. It answers which permits end with their
// resource and which open since a grant named the resource before it came.
func (b *book) reassign(ids map[string]atom.ID, now time.Duration) (ended, opened elements) {
	ended, opened = noElements(), noElements()
	former := b.ids
	b.ids = ids
	gone, come := differing(former, ids), differing(ids, former)
	if len(gone)+len(come) == 0 {
		return ended, opened
	}
	for address, jti := range b.owners {
		ends := b.entries[jti].ends
		for resource, id := range gone {
			if _, named := ends[resource]; named {
				ended.permits[permit{address, id}] = 0
			}
		}
		for resource, id := range come {
			if end, named := ends[resource]; named && end > now {
				opened.permits[permit{address, id}] = end - now
			}
		}
	}
	for key := range opened.permits {
		delete(ended.permits, key)
	}
	return ended, opened
}

// differing lists what the first has and the second has not, or under another id.
func differing(ids, others map[string]atom.ID) map[string]atom.ID {
	found := map[string]atom.ID{}
	for resource, id := range ids {
		if other, both := others[resource]; !both || other != id {
			found[resource] = id
		}
	}
	return found
}
