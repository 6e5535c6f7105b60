package lease

import (
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// listMark is what the book remembers of the newest lease list.
type listMark struct {
	issuedAtMicros int64
	takenAt        time.Duration // monotonic
}

// listsStopped is more than the step of lease lists: after it none is on its way any more.
const listsStopped = 12 * time.Second

// clockSlack covers whole seconds in grants when telling those that the controller let go.
const clockSlack = 2 * time.Second

// pauseLimit is more than the step of lease lists: those that waited on the way and come at once
// are no pause.
const pauseLimit = 15 * time.Second

// PausedFor answers how long this machine stood still with all its clocks, as a paused virtual
// machine does, by the controller's time between two lists; 0 when it did not. Leases ran on in the
// world meanwhile.
func (b *Book) PausedFor(list object.LeaseList, now Moment) time.Duration {
	if b.lastList.takenAt == 0 {
		return 0
	}
	passed := time.Duration(list.IssuedAtMicros-b.lastList.issuedAtMicros) * time.Microsecond
	paused := passed - (now.Monotonic - b.lastList.takenAt)
	if paused < pauseLimit {
		return 0
	}
	return paused
}

// Renewed counts what a lease list did.
type Renewed struct {
	Renewed int
	Unknown int
}

// Renew takes a verified lease list. It must be newer than the last one and still have time left.
func (b *Book) Renew(list object.LeaseList, now Moment) (ports.Change, Renewed, error) {
	if list.IssuedAtMicros <= b.lastList.issuedAtMicros {
		return ports.Change{}, Renewed{}, fault.New(fault.Conflict, "leases.iat",
			"not newer than the last list")
	}
	issuedAt := time.Duration(list.IssuedAtMicros) * time.Microsecond
	if late := now.Controller - issuedAt; late >= seconds(list.ForSeconds) {
		return ports.Change{}, Renewed{}, fault.New(fault.Conflict, "leases.iat",
			"%.0f s behind the time of this machine", late.Seconds())
	}
	b.lastList = listMark{
		issuedAtMicros: list.IssuedAtMicros,
		takenAt:        now.Monotonic,
	}
	b.narrowed = false
	change := ports.Change{Remove: b.dropExpired(now)}
	count := Renewed{}
	named := map[string]bool{}
	for _, jti := range list.JTIs {
		e := b.grants[jti]
		if e == nil || named[jti] {
			count.Unknown++
			continue
		}
		named[jti] = true
		lease := min(seconds(list.ForSeconds), seconds(e.grant.LeaseSeconds))
		end := min(issuedAt+lease, seconds(e.grant.ExpiresAt))
		if live := end - now.Controller; live > 0 {
			e.liveUntil, e.spokenAt, e.adopted = now.Monotonic+live, issuedAt, false
			e.lease = lease
			change.Renew = append(change.Renew, ports.Renewal{Grant: e.grant, Live: live})
			count.Renewed++
		}
	}
	return change, count, nil
}

// Tick ends what expired and, while the gateway is cut off, re-arms living grants up to the
// tolerance that was signed. cutOff must be false whenever a controller may be speaking to us: a
// device that fell silent under a working link has no tolerance.
func (b *Book) Tick(cutOff bool, now Moment) ports.Change {
	change := ports.Change{Remove: b.dropExpired(now)}
	b.ended.prune(now.Controller)
	silence := now.Monotonic - b.lastList.takenAt
	if !cutOff || b.lastList.takenAt == 0 || silence <= listsStopped {
		return change
	}
	for _, e := range b.sorted() {
		if live := b.rearm(e, now); live > 0 {
			e.liveUntil = now.Monotonic + live
			change.Renew = append(change.Renew, ports.Renewal{Grant: e.grant, Live: live})
		}
	}
	return change
}

// rearm answers for how long a grant lives on without the controller, 0 to leave it as it is. A list
// names every living grant that is past half of its own lease: who was due and not named is let go.
// The tolerance counts from when the list was signed: whoever holds it back gains nothing.
func (b *Book) rearm(e *entry, now Moment) time.Duration {
	lease := e.lease
	listed := time.Duration(b.lastList.issuedAtMicros) * time.Microsecond
	letGo := e.spokenAt < listed-lease/2-clockSlack
	left := e.liveUntil - now.Monotonic
	shownAgain := listed < b.tellsFrom-clockSlack
	if letGo || shownAgain || left <= 0 || left > lease/2 {
		return 0
	}
	tolerance := min(seconds(e.grant.ToleranceSeconds), b.maxStale)
	untilTolerance := listed + tolerance - now.Controller
	untilExpiry := seconds(e.grant.ExpiresAt) - now.Controller
	live := min(lease, untilTolerance, untilExpiry)
	if live <= left {
		return 0
	}
	return live
}
