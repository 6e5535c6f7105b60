//go:build linux

// Package filter is the kernel side of a gateway: both locks, the tunnel, and the elements that
// open them for a while. It verifies nothing: what comes in was verified before.
//
//	device --- WireGuard --- spg0 --- lock 1: nft marks what is live and granted
//	                                  lock 2: ip rule lets only marked packets on, else blackhole
package filter

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"regexp"
	"sync"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/filter/atom"
	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/steps"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/observation"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

var (
	lanName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$`)

	errNotConfigured = fault.New(fault.Conflict, "config", "the gateway has no configuration yet")
)

// Gateway owns the tunnel interface and what this process put into the sets. It implements
// ports.Gateway; all methods may be called from any goroutine.
type Gateway struct {
	// Pause, where there is one, keeps the kernel from telling each element to this process until what it
	// answers is called.
	Pause func() (resume func())

	emit  ports.Emit
	log   *slog.Logger
	table *nft.Table

	socket  *nfnl.Socket
	mutex   sync.Mutex
	link    *wg.Link
	desired *ports.GatewayDesired // nil until a desired state came
	atoms   atom.Table
	written atom.Table // the atoms that are loaded
	static  string     // the ruleset without atoms and elements that is loaded
	book    *book
	names   *nameBook
	peers   peerTable // nil until the interface has the peers of the book
	// peersKnown says that the interface has no peer beside those.
	peersKnown bool
	expected   map[object.Key]object.Key // peers without addresses, with their pre-shared keys, see Expect
	awaited    []object.Key              // those that are still to be made
	secret     [32]byte                  // from which all pre-shared keys were derived
	flows      flowSweep
	denied     map[denial]uint64 // what was told of each refused target
	router     router
	diversion  observation.Diversion
	inside     *insideBook
}

// New changes nothing; whatever a former process left stays as it is.
func New(emit ports.Emit, log *slog.Logger) *Gateway {
	socket := &nfnl.Socket{}
	return &Gateway{
		emit: emit, log: log, table: nft.NewTable(nft.Inet, TableName, staticSets, socket), socket: socket,
		book: newBook(), names: newNameBook(), inside: newInsideBook(log),
	}
}

// Configure makes the static part so. A configuration that cannot be compiled is refused as a
// whole: the former state stays.
func (g *Gateway) Configure(ctx context.Context, desired ports.GatewayDesired) []ports.Step {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	run := steps.New(g.log)
	var atoms atom.Table
	run.Opening("resources", func() error {
		var err error
		atoms, err = compile(desired)
		return err
	})
	if !run.Failed() {
		g.desired, g.atoms = &desired, forwarded(desired.Gateway, atoms)
		g.names.reindex(desired.Gateway.Resources, g.atoms)
		g.apply(ctx, run)
	}
	return run.Steps()
}

func compile(desired ports.GatewayDesired) (atom.Table, error) {
	if lan := desired.Gateway.LAN; !lanName.MatchString(lan) {
		return atom.Table{}, fault.New(fault.BadRequest, "config.lan", "not the name of an interface")
	}
	for _, resource := range desired.Gateway.Resources {
		for _, target := range resource.Targets {
			for _, pool := range desired.Gateway.Pools {
				if target.Prefix.IsValid() && target.Prefix.Overlaps(pool) {
					return atom.Table{}, fault.New(fault.Ceiling, "config.resources",
						"%s overlaps the pool %s", resource.ID, pool)
				}
			}
		}
	}
	return atom.Compile(desired.Gateway.Resources)
}

// apply goes from what closes to what opens.
func (g *Gateway) apply(ctx context.Context, run *steps.Run) {
	gateway := g.desired.Gateway
	run.Closing("inside", func() error { return g.inside.configure(gateway) })
	run.Closing("rules", func() error { return route.ReconcileRules(rulesBeforeFilter(gateway)) })
	run.Closing("filter", func() error {
		if err := g.ensureTable(ctx); err != nil || gateway.LAN == anyLAN {
			return err
		}
		return errors.Join(route.ReconcileRules(lockRules(gateway)), g.inside.forget())
	})
	if wg.Probe() == wg.None {
		run.Opening("link", func() error { return errors.New("this machine has no WireGuard") })
		return
	}
	run.Opening("link", func() error { return g.ensureLink(gateway.MTU) })
	run.Opening("wireguard", g.configureLink)
	run.Opening("addresses", func() error {
		return route.ReconcileLink(LinkName, hosts(gateway.Addresses), gateway.MTU)
	})
	run.Opening("forwarding", func() error { return forwarding(gateway) })
	run.Opening("routes", func() error { return route.ReconcileRoutes(poolRoutes(gateway)) })
}

// ensureTable loads lock 1 with everything that is still open, unless just that is in place; where
// only the resources changed, it writes their atoms.
func (g *Gateway) ensureTable(ctx context.Context) error {
	if err := g.noteRouter(); err != nil {
		return err
	}
	if g.staticPart() == g.static {
		intact, err := g.table.Intact()
		if err != nil {
			return err
		}
		if intact {
			former := g.written
			g.written = g.atoms
			return g.rewriteAtoms(ctx, former, g.atoms)
		}
	}
	return g.loadTable(ctx)
}

// staticPart is what only a new table can change.
func (g *Gateway) staticPart() string {
	return ruleset(g.desired.Gateway, atom.Table{}, noElements(), g.router)
}

// loadTable replaces lock 1 in one transaction. Elements of a former process are carried over when
// its resources had the same ids.
func (g *Gateway) loadTable(ctx context.Context) error {
	former, err := g.readDigest()
	if err != nil {
		return err
	}
	kernel, err := g.readElements()
	if err != nil {
		return err
	}
	// Only the first table of this process may carry what it does not know: later, whatever is not
	// in the book was ended.
	adopt := !g.table.Loaded() && former == digest(g.atoms.IDs)
	g.book.ids = g.atoms.IDs
	now := clock.Monotonic()
	held := g.book.elements(now, kernel, adopt)
	if adopt {
		if err := g.adoptNames(now); err != nil {
			return err
		}
	}
	held.names = func(set string) []string { return g.names.texts(set, now) }
	if err := g.table.Load(ctx, ruleset(g.desired.Gateway, g.atoms, held, g.router)); err != nil {
		return err
	}
	g.static, g.written = g.staticPart(), g.atoms
	g.names.stale, g.names.fresh = nil, nil
	return nil
}

// configureLink restates all peers only to a new interface or under a new secret: with thousands of
// devices that takes a second in which no removal could pass.
func (g *Gateway) configureLink() error {
	gateway := g.desired.Gateway
	settings := wg.Settings{
		PrivateKey: g.desired.PrivateKey, ListenPort: gateway.ListenPort, Mark: route.Mark,
	}
	if err := g.link.Configure(settings); err != nil {
		return err
	}
	if g.peers != nil && g.secret == gateway.PskSecret {
		return nil
	}
	wanted, err := g.peersOf(g.book.keys())
	if err != nil {
		return err
	}
	if err := g.link.Adjust(wanted); err != nil {
		return err
	}
	g.peers = peerTable{}
	g.peers.note(wanted)
	if g.secret != gateway.PskSecret {
		g.secret = gateway.PskSecret
		return g.deriveExpected()
	}
	return nil
}

func (g *Gateway) ensureLink(mtu int) error {
	former := g.link
	link, err := wg.Reopen(former, LinkName, mtu, g.log)
	g.link = link
	if err == nil && link != former {
		// The userspace engine begins without peers; the kernel's may have those of a former process.
		g.peers, g.peersKnown = nil, link.Kind() == wg.Userspace
		g.expected, g.awaited = nil, nil
	}
	return err
}

func hosts(addresses []netip.Addr) []netip.Prefix {
	own := make([]netip.Prefix, 0, len(addresses))
	for _, address := range addresses {
		own = append(own, netip.PrefixFrom(address, address.BitLen()))
	}
	return own
}

// Bump re-binds the WireGuard socket at its port; without a tunnel there is nothing to do.
func (g *Gateway) Bump(context.Context) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.link == nil || g.desired == nil {
		return nil
	}
	return g.link.Bump(g.desired.Gateway.ListenPort)
}

// Leave removes everything that is ours, the locks last, and then the forwarding that only we needed.
func (g *Gateway) Leave(ctx context.Context) error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	failures := []error{}
	if g.link != nil {
		failures = append(failures, g.link.Close())
		g.link = nil
	}
	g.desired, g.static, g.book, g.peers, g.names = nil, "", newBook(), nil, newNameBook()
	g.expected, g.awaited = nil, nil
	failures = append(failures,
		g.readOpened(),
		route.RemoveLink(LinkName),
		route.ReconcileRoutes(nil),
		g.table.Remove(ctx),
		route.ReconcileRules(nil),
		g.inside.leave(),
		g.closeRouter(),
	)
	return errors.Join(failures...)
}

// Detach lets go of the tunnel and leaves the kernel as it is, as the end of the process does.
func (g *Gateway) Detach() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.link != nil {
		if err := g.link.Close(); err != nil {
			g.log.Warn("tunnel not closed", "why", err.Error())
		}
		g.link = nil
	}
}
