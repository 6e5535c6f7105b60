// Package daemon is netd itself: it takes requests, has them verified, and tells the kernel side
// what to do. Only signed objects open; unsigned verbs narrow or observe. It changes nothing at
// start but a missing guard, and leaves everything in place when it stops.
//
// Verbs and answers are listed in verbs.go, events in package ports.
package daemon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/ending"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/trust"
)

const tickEvery = 500 * time.Millisecond

// Options are what a daemon needs from the start; every one is required.
type Options struct {
	Version   string
	Store     *store.Store
	Abilities ports.Abilities
	Clock     func() clock.Reading
	Log       *slog.Logger
}

// Daemon owns the state; mutex guards all of it. Kernel writes happen under the mutex, so they
// come one after another; readings of the kernel do not.
type Daemon struct {
	options    Options
	device     ports.Device
	gateway    ports.Gateway
	names      ports.Names
	generation string
	server     *ipc.Server
	events     chan ports.Event
	setAside   []string // corrupt state files met at start

	// settings is held by whatever writes to the store and taken before mutex, which is then free
	// while a gateway waits for its disk: a removal must not.
	settings   sync.Mutex
	mutex      sync.Mutex
	keyring    trust.Keyring
	changes    int // of keyring and effective
	anchor     clock.Anchor
	lastClock  clock.Reading
	privateKey object.Key
	newest     held // the newest config that was accepted: the floor of versions
	former     *held
	confirmed  bool           // the control link worked under newest
	effective  *object.Config // what was applied since this process started
	blocked    bool
	owed       *start // what of the start does not stand yet
	probation  probation
	book       *lease.Book
	assembly   lease.Assembly[checkedGrant]
	growth     growth
	snapshot   bool // a whole snapshot came since this process started
	penHeld    bool
	linkUp     bool // the writer says so
	openings   []breakGlassOpening

	ending *ending.Watch // locks itself
}

// held is a verified config with its token.
type held struct {
	token  string
	config object.Config
}

// New makes a daemon and takes over what the store remembers. Nothing may be asked of it before Attach.
func New(options Options) *Daemon {
	generation := make([]byte, 8)
	// crypto/rand.Read never fails: it ends the process instead.
	_, _ = rand.Read(generation)
	d := &Daemon{
		options:    options,
		generation: hex.EncodeToString(generation),
		events:     make(chan ports.Event, 1024),
		book:       lease.NewBook(),
		lastClock:  options.Clock(),
	}
	d.ending = ending.New(func(pid int) {
		d.Emit(ports.Event{Name: ports.ProcessEnded, Fields: map[string]any{"pid": pid}})
	})
	d.book.TolerateFrom(d.lastClock.Wall)
	d.load()
	return d
}

// Attach gives the daemon its kernel side, which is made later: it takes the daemon's Emit.
func (d *Daemon) Attach(device ports.Device, gateway ports.Gateway, names ports.Names) {
	d.device, d.gateway, d.names = device, gateway, names
}

// TellBy gives the daemon the server whose callers hear of events, before anybody is served.
func (d *Daemon) TellBy(server *ipc.Server) { d.server = server }

// Run serves events and deadlines until the context ends; it removes nothing. Adopt comes first.
func (d *Daemon) Run(ctx context.Context) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-d.events:
			switch event.Name {
			case ports.Failover, ports.LinkChanged, ports.AddressChanged:
				d.names.Moved()
			case ports.Denied:
				d.nameDevice(event.Fields)
			}
			d.broadcast(event.Name, event.Fields)
		case <-ticker.C:
			d.tick(ctx)
		}
	}
}

// Adopt puts the guard back if it is missing and keeps protected names from the link; nothing else
// changes.
func (d *Daemon) Adopt(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.newest.config.Tunnel == nil {
		return
	}
	desired := ports.DeviceDesired{Tunnel: *d.newest.config.Tunnel, PrivateKey: d.privateKey,
		Blocked: true}
	d.owed = &start{desired: desired, guard: true, names: true}
	d.raiseStart(ctx)
	if d.owed != nil {
		// Whatever ended it, the end of the nft program for instance: nobody else would try again.
		d.raiseStart(ctx)
	}
}

// start is what has to stand before the first config, and which of it does not yet.
type start struct {
	desired      ports.DeviceDesired
	guard, names bool
}

// raiseStart makes what is owed of the start; a config that came meanwhile makes all of it itself.
func (d *Daemon) raiseStart(ctx context.Context) {
	if d.owed == nil || d.effective != nil {
		d.owed = nil
		return
	}
	if d.owed.guard {
		err := d.device.EnsureGuard(ctx, d.owed.desired)
		d.owed.guard = err != nil
		d.logStart("guard in place", "guard not restored yet", err)
	}
	if d.owed.names {
		err := d.serveBlocked(ctx, d.owed.desired.Tunnel)
		d.owed.names = err != nil
		d.logStart("names in place", "names not kept inside yet", err)
	}
	if !d.owed.guard && !d.owed.names {
		d.owed = nil
	}
}

func (d *Daemon) logStart(done, failed string, err error) {
	if err != nil {
		d.options.Log.Warn(failed, "why", err.Error())
		return
	}
	d.options.Log.Info(done, "version", d.newest.config.Version)
}

func (d *Daemon) serveBlocked(ctx context.Context, tunnel object.Tunnel) error {
	tunnel.State = object.TunnelBlocked
	// With the pin lost nothing is allowed; a blocked tunnel teaches no address anyway.
	var allowed []netip.Prefix
	if pin := d.keyring.Pin(); pin != nil {
		allowed = pin.Ceilings.AllowedPrefixes
	}
	return d.names.ServeDevice(ctx, tunnel, allowed)
}

func (d *Daemon) moment(now clock.Reading) lease.Moment {
	return lease.Moment{Controller: d.anchor.Now(now), Monotonic: now.Monotonic}
}

// isGateway tells the role that the trust set gave this machine.
func (d *Daemon) isGateway() bool {
	identity, ok := d.keyring.Identity()
	return ok && identity.Role == trust.RoleGateway
}

func (d *Daemon) tick(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	now := d.options.Clock()
	before := d.lastClock
	d.lastClock = now
	if clock.Jumped(before, now) {
		d.onClockJump(ctx, before, now)
	}
	if d.effective != nil && d.effective.Gateway != nil {
		cutOff := !d.penHeld || !d.linkUp
		change := d.book.Tick(cutOff, d.moment(now))
		if len(change.Remove)+len(change.Renew) > 0 {
			_, err := d.commit(ctx, change)
			d.logOutcome("grants ticked", err, "expired", len(change.Remove), "rearmed", len(change.Renew))
		}
	}
	if d.settings.TryLock() {
		d.endProbation(ctx, now)
		d.settings.Unlock()
	}
	d.endGranted(ctx, now)
	d.raiseStart(ctx)
}

// onClockJump ends every flow of a gateway: nft's timeouts stood still while the machine slept, or
// the wall clock was moved. The next lease lists bring them back.
func (d *Daemon) onClockJump(ctx context.Context, before, now clock.Reading) {
	suspended := (now.Boot - before.Boot) - (now.Monotonic - before.Monotonic)
	stepped := (now.Wall - before.Wall) - (now.Boot - before.Boot)
	d.endAllFlows(ctx, suspended, stepped)
}

// endAllFlows empties the live set of a gateway and tells the agent, which asks for everything anew.
func (d *Daemon) endAllFlows(ctx context.Context, suspended, stepped time.Duration) {
	if d.isGateway() {
		_, err := d.gateway.EmptyLive(ctx)
		d.book.Silence(false)
		d.book.TolerateFrom(d.options.Clock().Wall)
		d.logOutcome("live set emptied", err, "reason", "clock")
	}
	d.broadcast(ports.ClockJumped, map[string]any{
		"suspendedMs": suspended.Milliseconds(), "steppedMs": stepped.Milliseconds()})
}

// commit writes a change. When the kernel refuses it, the book is written anew as a whole; when
// that fails too, everything is closed.
func (d *Daemon) commit(ctx context.Context, change ports.Change) (ports.CommitResult, error) {
	if !change.Replace && len(change.Remove)+len(change.Upsert)+len(change.Renew) == 0 {
		return ports.CommitResult{KernelAtMs: d.options.Clock().MonotonicMs()}, nil
	}
	result, err := d.gateway.Commit(ctx, change)
	if err == nil {
		return result, nil
	}
	d.options.Log.Error("kernel refused a change, writing all anew", "why", err.Error())
	result, again := d.gateway.Commit(ctx, d.book.Rebuild(d.moment(d.options.Clock())))
	if again == nil {
		return result, nil
	}
	if _, closed := d.gateway.EmptyLive(ctx); closed != nil {
		d.options.Log.Error("live set not emptied", "why", closed.Error())
	}
	d.book.Silence(false)
	return ports.CommitResult{}, again
}

func (d *Daemon) logOutcome(message string, err error, fields ...any) {
	if err != nil {
		d.options.Log.Error(message, append(fields, "why", err.Error())...)
		return
	}
	d.options.Log.Info(message, fields...)
}
