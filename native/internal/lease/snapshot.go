package lease

import (
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// Replace makes the candidates of a complete snapshot the whole truth: what is not among them goes,
// and does not come back by its old id. Known grants keep their lease; unknown ones get their first
// lease, or, when that is over, keep what an earlier netd left in the kernel (which runs out by itself).
func (b *Book) Replace(candidates []Candidate, now Moment) (ports.Change, []Rejection) {
	b.ended.prune(now.Controller)
	change := ports.Change{Replace: true}
	rejections := []Rejection{}
	former := *b
	b.clear()
	for index, candidate := range candidates {
		replaced, problem := former.judge(candidate, now)
		if problem == nil && b.bySubject[candidate.Grant.Subject] != nil {
			problem = fault.New(fault.Conflict, "grant.sub", "a second grant of one device")
		}
		if problem == nil {
			_, problem = b.judge(candidate, now)
		}
		if problem != nil {
			rejections = append(rejections, Rejection{index, candidate.Grant.JTI, problem})
			continue
		}
		change.Upsert = append(change.Upsert, b.restore(candidate, replaced, now))
	}
	for _, e := range former.sorted() {
		if b.grants[e.grant.JTI] == nil {
			b.ended.put(e.grant.JTI, now.Controller)
			change.Remove = append(change.Remove, ports.GrantState{Grant: e.grant})
		}
	}
	return change, rejections
}

func (b *Book) restore(candidate Candidate, replaced *entry, now Moment) ports.GrantUpsert {
	grant := candidate.Grant
	if replaced != nil && replaced.grant.JTI == grant.JTI {
		b.hold(replaced)
		return ports.GrantUpsert{Grant: grant, KeepLive: true, Ends: ends(grant, now)}
	}
	upsert := b.admit(candidate, replaced, now)
	if replaced == nil && upsert.Live == 0 && !b.narrowed {
		upsert.KeepLive, b.grants[grant.JTI].adopted = true, true
	}
	return upsert
}

// Awaited lists the keys that a snapshot with these candidates would bring in.
func (b *Book) Awaited(candidates []Candidate, now Moment) []object.Key {
	keys := []object.Key{}
	for _, candidate := range candidates {
		known := b.grants[candidate.Grant.JTI] != nil
		if _, problem := b.judge(candidate, now); problem == nil && !known {
			keys = append(keys, candidate.Grant.PublicKey)
		}
	}
	return keys
}

// Limits of a snapshot.
const (
	maxParts        = 10000
	maxSnapshotSize = 65536
)

// Part is one part of a snapshot as it came over the wire; its items were looked at already.
type Part[T any] struct {
	Epoch string
	Part  int
	Parts int
	Hash  string
	Items []T
}

// Assembly collects the parts of one snapshot; part 1 or a part of another snapshot starts it anew.
type Assembly[T any] struct {
	epoch, hash string
	parts       [][]T
	missing     int
	size        int
}

// Add takes one part; it answers all items once the last missing part is there.
func (a *Assembly[T]) Add(part Part[T]) ([]T, bool, error) {
	if part.Parts < 1 || part.Parts > maxParts || part.Part < 1 || part.Part > part.Parts {
		return nil, false, fault.New(fault.BadRequest, "snapshot.part", "no such part")
	}
	if a.epoch != part.Epoch || a.hash != part.Hash || len(a.parts) != part.Parts || part.Part == 1 {
		*a = Assembly[T]{epoch: part.Epoch, hash: part.Hash, parts: make([][]T, part.Parts),
			missing: part.Parts}
	}
	if a.parts[part.Part-1] != nil {
		return nil, false, fault.New(fault.Conflict, "snapshot.part", "the part came twice")
	}
	a.size += len(part.Items)
	if a.size > maxSnapshotSize {
		*a = Assembly[T]{}
		return nil, false, fault.New(fault.BadRequest, "snapshot", "more than %d grants", maxSnapshotSize)
	}
	a.parts[part.Part-1] = append([]T{}, part.Items...)
	a.missing--
	if a.missing > 0 {
		return nil, false, nil
	}
	items := make([]T, 0, a.size)
	for _, some := range a.parts {
		items = append(items, some...)
	}
	*a = Assembly[T]{}
	return items, true, nil
}
