//go:build linux

package filter

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

const (
	// rememberedAtMost bounds what is kept one by one; beyond it whole targets are kept.
	rememberedAtMost = 4096
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

// remembered joins what was known and what was found, and stays small: the routes of the internet may
// lie in one target.
func remembered(known, found []netip.Prefix, targets prefixes) prefixes {
	all := distinct(known, found)
	if len(all) <= rememberedAtMost {
		return all
	}
	if all = all.overlapping(targets); len(all) <= rememberedAtMost {
		return all
	}
	return targets.overlapping(all)
}

// targetsOf are the prefixes that a packet of a device may be sent on to, and those that we ask.
func targetsOf(gateway object.Gateway) prefixes {
	all := hosts(gateway.Resolvers)
	for _, resource := range gateway.Resources {
		all = append(all, resource.ResolvesTo...)
		for _, target := range resource.Targets {
			if target.Domain == "" {
				all = append(all, target.Prefix)
			}
		}
	}
	return distinct(all)
}

// configure closes what the targets of a config have a route to now, before any of them opens. A named
// LAN needs no book: what was known is forgotten.
func (b *insideBook) configure(gateway object.Gateway) error {
	targets := targetsOf(gateway)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.on, b.targets, b.sources = gateway.LAN == anyLAN, targets, devicesOf(gateway)
	if !b.on {
		b.held, b.pending, b.missed, b.recalled, b.unkept = nil, nil, false, true, true
		b.stir()
		return route.ReconcileInside(nil)
	}
	found, failed := routesInto(targets)
	down, undecided := route.NetworksOfDownLinks()
	found = append(found, slices.DeleteFunc(down, func(prefix netip.Prefix) bool {
		return prefix.Bits() <= route.DefaultBits || !targets.overlaps(prefix)
	})...)
	return errors.Join(failed, undecided, b.join(found))
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

// routesInto lists the routes, narrower than the default one, to something of these.
func routesInto(targets prefixes) (found []netip.Prefix, err error) {
	err = route.MainRoutes(func(item route.MainRoute) {
		if !item.Narrow() || !targets.overlaps(item.To) {
			return
		}
		if found = append(found, item.To); len(found) > 4*rememberedAtMost {
			found = remembered(nil, found, targets)
		}
	})
	return found, err
}

// devicesOf is an address in each pool that is not our own.
func devicesOf(gateway object.Gateway) []netip.Addr {
	found := []netip.Addr{}
	for _, pool := range gateway.Pools {
		address := pool.Addr().Next()
		for slices.Contains(gateway.Addresses, address) {
			address = address.Next()
		}
		found = append(found, address)
	}
	return found
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

func (b *insideBook) tell() {
	lost, err := b.lost()
	if err != nil {
		b.log.Warn("routing cannot be asked", "why", err.Error())
		return
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	text := listed(lost)
	switch {
	case text == b.told:
		return
	case text == "":
		b.log.Info("what had lost its route inside has one again", "prefixes", b.told)
	default:
		b.log.Warn("closed: the route inside is gone", "prefixes", text)
	}
	b.told = text
}

// lost lists what is known and refused now. Of a prefix one address stands for all.
func (b *insideBook) lost() ([]netip.Prefix, error) {
	b.mutex.Lock()
	held, sources := b.held, b.sources
	b.mutex.Unlock()
	link, err := route.Index(LinkName)
	if link == 0 || err != nil {
		return nil, err
	}
	lost := []netip.Prefix{}
	// What is not forwarded at all is refused as well, which is another matter.
	forwards := sysctl.Read("ipv4/conf/"+LinkName+"/forwarding") == "1"
	for _, prefix := range held {
		for _, source := range sources {
			if source.Is4() != prefix.Addr().Is4() || source.Is4() && !forwards {
				continue
			}
			refused, err := route.Refused(link, source, middleOf(prefix))
			if err != nil {
				return nil, err
			}
			if refused {
				lost = append(lost, prefix)
			}
		}
	}
	return lost, nil
}

// middleOf is an address that is hardly the machine's own, a broadcast or an anycast one.
func middleOf(prefix netip.Prefix) netip.Addr {
	raw, bit := prefix.Addr().AsSlice(), prefix.Bits()
	if bit < 8*len(raw)-1 {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	address, _ := netip.AddrFromSlice(raw)
	return address
}

// listed names a few and counts the rest.
func listed(all []netip.Prefix) string {
	const named = 8
	texts := []string{}
	for _, prefix := range all[:min(named, len(all))] {
		texts = append(texts, prefix.String())
	}
	if len(all) > named {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
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
