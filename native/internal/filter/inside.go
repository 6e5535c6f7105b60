//go:build linux

package filter

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

const (
	// Routes that come and go all the time take a tenth of one processor at most.
	restBetweenLooks = 200 * time.Millisecond
	restOfLooks      = 9
	// anyLAN leaves the way to the resources to the routes.
	anyLAN = "auto"
)

// insideBook is what a gateway that names no LAN once had a route of its own to, narrower than the
// default one. From then on the kernel refuses what only the default route would take there, see
// lockRules: the LAN may be gone.
type insideBook struct {
	log    *slog.Logger
	memory ports.Memory // nil: nothing outlives the machine
	wake   chan struct{}

	mutex    sync.Mutex
	on       bool     // a LAN is not named
	targets  prefixes // what devices and we ask for
	sources  []netip.Addr
	held     prefixes
	recalled bool
	pending  []netip.Prefix
	missed   bool // the main table is to be read as a whole
	unkept   bool // the memory knows other prefixes
	told     string

	disk sync.Mutex // is taken before mutex
}

func newInsideBook(log *slog.Logger) *insideBook {
	return &insideBook{log: log, wake: make(chan struct{}, 1)}
}

// configure closes what the targets of a config have a route to now, before any of them opens. A named
// LAN needs no book once the filter holds it, see forget.
func (b *insideBook) configure(gateway object.Gateway) error {
	targets := targetsOf(gateway)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.on, b.targets, b.sources = gateway.LAN == anyLAN, targets, devicesOf(gateway)
	if !b.on {
		b.pending, b.missed = nil, false
		return nil
	}
	found, failed := routesInto(targets)
	down, undecided := route.NetworksOfDownLinks()
	found = append(found, slices.DeleteFunc(down, func(prefix netip.Prefix) bool {
		return prefix.Bits() <= route.DefaultBits || !targets.overlaps(prefix)
	})...)
	return errors.Join(failed, undecided, b.join(found))
}

// forget forgets what was known, the memory too.
func (b *insideBook) forget() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.held, b.recalled, b.unkept = nil, true, true
	b.stir()
	return route.ReconcileInside(nil)
}

// recall begins with what the kernel and the memory know.
func (b *insideBook) recall() error {
	if b.recalled {
		return nil
	}
	known, err := route.Inside()
	if err != nil {
		return err
	}
	kept := []netip.Prefix{}
	if b.memory != nil {
		if kept, err = b.memory.Recall(); err != nil {
			b.log.Error("what had a route inside is not known", "why", err.Error())
		}
	}
	b.recalled, b.held = true, distinct(known, kept)
	b.unkept = !slices.Equal(b.held, kept)
	return nil
}

// join has the kernel hold these beside what is known. Without what is known it would forget that.
func (b *insideBook) join(found []netip.Prefix) error {
	if err := b.recall(); err != nil {
		return err
	}
	wanted := remembered(b.held, found, b.targets)
	if !slices.Equal(wanted, b.held) {
		b.held, b.unkept = wanted, true
	}
	b.stir()
	return route.ReconcileInside(b.held)
}

// note takes news of a route. It is called for every one of the machine, so most must cost nothing.
func (b *insideBook) note(to netip.Prefix, came bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch {
	case !b.on:
		return
	case !to.IsValid():
		b.missed = b.missed || came
	case to.Bits() <= route.DefaultBits || !b.targets.overlaps(to) && !b.held.overlaps(to):
		return
	case came && !b.held.cover(to):
		if b.pending = append(b.pending, to); len(b.pending) > rememberedAtMost {
			b.pending, b.missed = nil, true
		}
	}
	b.stir()
}

func (b *insideBook) stir() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// look takes up what was noted, keeps it, and says what has no way any more.
func (b *insideBook) look() {
	b.mutex.Lock()
	missed, targets := b.missed && b.on, b.targets
	b.missed = false
	b.mutex.Unlock()
	found, err := []netip.Prefix{}, error(nil)
	if missed {
		// A million routes take a second, in which others must not wait.
		found, err = routesInto(targets)
	}
	b.mutex.Lock()
	if b.on && len(found)+len(b.pending) > 0 {
		err = errors.Join(err, b.join(slices.Concat(found, b.pending)))
	}
	b.pending, b.missed = nil, b.missed || err != nil // read again with the next news
	b.mutex.Unlock()
	if err != nil {
		b.log.Error("routes to resources were not learned", "why", err.Error())
	}
	b.keep()
	b.tell()
}

// keep writes what is known to the memory, and nothing else waits for its disk.
func (b *insideBook) keep() {
	b.disk.Lock()
	defer b.disk.Unlock()
	b.mutex.Lock()
	unkept, held, memory := b.unkept && b.memory != nil, b.held, b.memory
	b.unkept = false
	b.mutex.Unlock()
	if !unkept {
		return
	}
	if err := memory.Remember(held); err != nil {
		b.log.Error("what has a route inside was not kept", "why", err.Error())
		b.mutex.Lock()
		b.unkept = true // tried again with the next news
		b.mutex.Unlock()
	}
}

// intact tells whether the kernel holds what is known.
func (b *insideBook) intact() (bool, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return route.HoldInside(b.held)
}

// leave forgets all of it, the memory apart.
func (b *insideBook) leave() error {
	b.mutex.Lock()
	b.on, b.held, b.pending, b.unkept, b.recalled = false, nil, nil, false, false
	b.mutex.Unlock()
	// What writes to the memory now was begun before.
	b.disk.Lock()
	defer b.disk.Unlock()
	return route.ReconcileInside(nil)
}

// SetMemory has what is known outlive the machine; call it before the first Configure.
func (g *Gateway) SetMemory(memory ports.Memory) {
	g.inside.mutex.Lock()
	defer g.inside.mutex.Unlock()
	g.inside.memory = memory
}

// NoteRoute takes news of a route of the main table that came or went; an invalid prefix: of any.
func (g *Gateway) NoteRoute(to netip.Prefix, came bool) { g.inside.note(to, came) }

// KeepInside takes up what NoteRoute heard.
func (g *Gateway) KeepInside() { g.inside.look() }

// FollowInside does so whenever there are news, until the context ends.
func (g *Gateway) FollowInside(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-g.inside.wake:
		}
		began := time.Now()
		g.KeepInside()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(restBetweenLooks, restOfLooks*time.Since(began))):
		}
	}
}
