// Package lease is the gateway's book of grants: which are there, which live and until when. It is
// a pure state machine: verified objects and the time come in, changes for the kernel come out. A
// grant alone lives no longer than its first lease; signed lease lists prolong it.
//
//	absent --grant--> live --list--> live --(lease ends)--> silent --list--> live
//	   ^               |                                       |
//	   '--- remove, replaced, exp, not in a snapshot ----------'
package lease

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// expiryLeeway is how long after its end a grant is still taken (and opens nothing any more).
const expiryLeeway = 5 * time.Second

// Moment is now: the controller's time since the epoch, and this machine's monotonic clock.
type Moment struct {
	Controller time.Duration
	Monotonic  time.Duration
}

// Candidate is a verified grant with the digest of its token, which tells a replay from a forgery,
// and the id of the key that signed it.
type Candidate struct {
	Grant  object.Grant
	Digest [32]byte
	Kid    string
}

// Rejection says which candidate was refused and why.
type Rejection struct {
	Index int
	JTI   string
	Fault *fault.Fault
}

type entry struct {
	grant     object.Grant
	digest    [32]byte
	kid       string
	liveUntil time.Duration // monotonic; 0 = silent
	spokenAt  time.Duration // by the controller's time: when it last spoke for it
	lease     time.Duration // what it last said then; at first what the grant says
	glass     bool          // opened by break-glass: whatever the controller says replaces it
	adopted   bool          // its live element was left by an earlier netd; only the kernel knows it
}

// Book holds at most one grant per device and tunnel address.
type Book struct {
	grants    map[string]*entry // by jti
	bySubject map[string]*entry
	byAddress map[netip.Addr]*entry
	ended     *endedGrants
	lastList  listMark
	narrowed  bool
	maxStale  time.Duration // no tolerance reaches further than this
	tellsFrom time.Duration // by the wall clock: what was signed before says nothing of who is let go
}

// NewBook makes an empty book.
func NewBook() *Book {
	book := &Book{ended: newEndedGrants(), maxStale: math.MaxInt64}
	book.clear()
	return book
}

func (b *Book) clear() {
	b.grants = map[string]*entry{}
	b.bySubject = map[string]*entry{}
	b.byAddress = map[netip.Addr]*entry{}
}

// LimitStaleness bounds the tolerance of every grant by what the gateway's own config allows.
func (b *Book) LimitStaleness(limit time.Duration) { b.maxStale = limit }

// TolerateFrom has only lists signed from now on start a tolerance: what an earlier book learned of
// removals is forgotten, and a list from then may be shown again.
func (b *Book) TolerateFrom(wall time.Duration) { b.tellsFrom = wall }

// Size is the number of grants in the book.
func (b *Book) Size() int { return len(b.grants) }

// Apply takes removals first, then additions; refused additions change nothing.
func (b *Book) Apply(add []Candidate, remove []string, now Moment) (ports.Change, []Rejection) {
	change := ports.Change{}
	for _, jti := range remove {
		if known := b.grants[jti]; known != nil {
			b.drop(known)
			change.Remove = append(change.Remove, ports.GrantState{Grant: known.grant})
		}
		// A removal may overtake the grant it is about, so unknown ones are remembered too.
		b.ended.put(jti, now.Controller)
	}
	rejections := []Rejection{}
	for index, candidate := range add {
		former, problem := b.judge(candidate, now)
		if problem != nil {
			rejections = append(rejections, Rejection{index, candidate.Grant.JTI, problem})
			continue
		}
		if b.grants[candidate.Grant.JTI] == nil {
			change.Upsert = append(change.Upsert, b.admit(candidate, former, now))
		}
	}
	return change, rejections
}

// Revoke ends every grant that one of these keys signed.
func (b *Book) Revoke(kids []string, now Moment) ports.Change {
	change := ports.Change{}
	for _, e := range b.sorted() {
		if slices.Contains(kids, e.kid) {
			b.drop(e)
			b.ended.put(e.grant.JTI, now.Controller)
			change.Remove = append(change.Remove, ports.GrantState{Grant: e.grant})
		}
	}
	return change
}

// judge decides about one candidate; it answers the grant that it replaces.
func (b *Book) judge(candidate Candidate, now Moment) (*entry, *fault.Fault) {
	grant := candidate.Grant
	if b.ended.has(grant.JTI) {
		return nil, fault.New(fault.Conflict, "grant.jti", "ended before")
	}
	if known := b.grants[grant.JTI]; known != nil {
		if known.digest != candidate.Digest {
			return nil, fault.New(fault.Conflict, "grant.jti", "other bytes under a known jti")
		}
		return known, nil
	}
	if seconds(grant.ExpiresAt)+expiryLeeway <= now.Controller {
		return nil, fault.New(fault.Conflict, "grant.exp", "expired")
	}
	former := b.bySubject[grant.Subject]
	if former != nil && !former.glass && !supersedes(grant, former.grant) {
		return nil, fault.New(fault.Conflict, "grant.ver", "not above version %d", former.grant.Version)
	}
	for _, address := range grant.Addresses {
		if holder := b.byAddress[address.Addr()]; holder != nil && holder != former {
			return nil, fault.New(fault.Conflict, "grant.wg.ips", "the address is another device's")
		}
	}
	return former, nil
}

// supersedes compares versions inside a session; a new session of the device starts its own count.
func supersedes(grant, former object.Grant) bool {
	if grant.Session == former.Session {
		return grant.Version > former.Version
	}
	return grant.IssuedAt >= former.IssuedAt
}

func (b *Book) admit(candidate Candidate, former *entry, now Moment) ports.GrantUpsert {
	grant := candidate.Grant
	lease := seconds(grant.LeaseSeconds)
	admitted := &entry{grant: grant, digest: candidate.Digest, kid: candidate.Kid, lease: lease}
	upsert := ports.GrantUpsert{Grant: grant, Ends: ends(grant, now)}
	live := firstLease(grant, now)
	if live > 0 {
		admitted.spokenAt = now.Controller
	}
	if former != nil && former.glass {
		upsert.Former = &former.grant
		b.drop(former)
	} else if former != nil {
		upsert.Former = &former.grant
		upsert.KeepLive = former.liveUntil-now.Monotonic > live
		admitted.liveUntil = former.liveUntil
		admitted.spokenAt = max(admitted.spokenAt, former.spokenAt)
		b.drop(former)
		b.ended.put(former.grant.JTI, now.Controller)
	}
	if b.narrowed {
		live, upsert.KeepLive, admitted.liveUntil = 0, false, 0
	}
	if !upsert.KeepLive {
		upsert.Live = max(live, 0)
		admitted.liveUntil = deadline(upsert.Live, now)
	}
	b.hold(admitted)
	return upsert
}

// BreakGlass opens a grant that no controller signed, for as long as it lasts. What it replaces may
// come back with the next snapshot.
func (b *Book) BreakGlass(grant object.Grant, now Moment) (ports.Change, *fault.Fault) {
	former := b.bySubject[grant.Subject]
	for _, address := range grant.Addresses {
		if holder := b.byAddress[address.Addr()]; holder != nil && holder != former {
			return ports.Change{},
				fault.New(fault.Conflict, "breakGlass.wg.ips", "the address is another device's")
		}
	}
	live := seconds(grant.ExpiresAt) - now.Controller
	upsert := ports.GrantUpsert{Grant: grant, Live: live, Ends: ends(grant, now)}
	if former != nil {
		upsert.Former = &former.grant
		b.drop(former)
	}
	b.hold(&entry{grant: grant, glass: true, liveUntil: deadline(live, now)})
	return ports.Change{Upsert: []ports.GrantUpsert{upsert}}, nil
}

func (b *Book) hold(e *entry) {
	b.grants[e.grant.JTI] = e
	b.bySubject[e.grant.Subject] = e
	for _, address := range e.grant.Addresses {
		b.byAddress[address.Addr()] = e
	}
}

func (b *Book) drop(e *entry) {
	delete(b.grants, e.grant.JTI)
	delete(b.bySubject, e.grant.Subject)
	for _, address := range e.grant.Addresses {
		delete(b.byAddress, address.Addr())
	}
}

// dropExpired takes out what ended by itself; the kernel ended its elements at that very time.
func (b *Book) dropExpired(now Moment) []ports.GrantState {
	var expired []ports.GrantState
	for _, e := range b.grants {
		if seconds(e.grant.ExpiresAt) <= now.Controller {
			b.drop(e)
			expired = append(expired, ports.GrantState{Grant: e.grant})
		}
	}
	slices.SortFunc(expired, func(a, b ports.GrantState) int {
		return strings.Compare(a.Grant.JTI, b.Grant.JTI)
	})
	return expired
}

func (b *Book) sorted() []*entry {
	entries := make([]*entry, 0, len(b.grants))
	for _, e := range b.grants {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *entry) int {
		return strings.Compare(a.grant.JTI, b.grant.JTI)
	})
	return entries
}

// Restate repeats every grant with the ends as they are known now; live elements stay untouched.
func (b *Book) Restate(now Moment) ports.Change {
	change := ports.Change{}
	for _, e := range b.sorted() {
		change.Upsert = append(change.Upsert,
			ports.GrantUpsert{Grant: e.grant, KeepLive: true, Ends: ends(e.grant, now)})
	}
	return change
}

// Rebuild states everything anew, live elements included, for a kernel side that lost its sets.
func (b *Book) Rebuild(now Moment) ports.Change {
	change := ports.Change{Replace: true}
	for _, e := range b.sorted() {
		change.Upsert = append(change.Upsert, ports.GrantUpsert{
			Grant:    e.grant,
			Live:     max(e.liveUntil-now.Monotonic, 0),
			KeepLive: e.adopted,
			Ends:     ends(e.grant, now),
		})
	}
	return change
}

// Silence notes that the live set of the kernel was emptied. After a narrowing nothing becomes
// live again before the next lease list.
func (b *Book) Silence(narrowed bool) {
	for _, e := range b.grants {
		e.liveUntil, e.adopted = 0, false
	}
	b.narrowed = b.narrowed || narrowed
}

// Held is one grant of the book as `observe` shows it.
type Held struct {
	Grant object.Grant
	Live  time.Duration // 0 when silent
}

// Holder is the subject of the grant that names a tunnel address.
func (b *Book) Holder(address netip.Addr) (subject string, found bool) {
	e := b.byAddress[address]
	if e == nil {
		return "", false
	}
	return e.grant.Subject, true
}

// Held lists the grants by jti.
func (b *Book) Held(now Moment) []Held {
	held := make([]Held, 0, len(b.grants))
	for _, e := range b.sorted() {
		held = append(held, Held{Grant: e.grant, Live: max(e.liveUntil-now.Monotonic, 0)})
	}
	return held
}

// Named is what a listing says about a grant.
type Named struct {
	JTI       string
	ExpiresAt int64
}

// Hash is the hash that both ends of a grant stream compare: `jti SP exp LF`, sorted by jti.
func Hash(named []Named) string {
	sorted := slices.SortedFunc(slices.Values(named), func(a, b Named) int {
		return strings.Compare(a.JTI, b.JTI)
	})
	digest := sha256.New()
	for _, grant := range sorted {
		fmt.Fprintf(digest, "%s %d\n", grant.JTI, grant.ExpiresAt)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

func seconds(count int64) time.Duration { return time.Duration(count) * time.Second }

func deadline(live time.Duration, now Moment) time.Duration {
	if live <= 0 {
		return 0
	}
	return now.Monotonic + live
}

// firstLease is what a grant opens alone, counted from the time it was signed.
func firstLease(grant object.Grant, now Moment) time.Duration {
	end := min(seconds(grant.IssuedAt+grant.LeaseSeconds), seconds(grant.ExpiresAt))
	return end - now.Controller
}

func ends(grant object.Grant, now Moment) map[string]time.Duration {
	left := make(map[string]time.Duration, len(grant.Access))
	for _, access := range grant.Access {
		if remaining := seconds(access.ExpiresAt) - now.Controller; remaining > 0 {
			left[access.Resource] = remaining
		}
	}
	return left
}
