//go:build linux || windows

// Package names is netd's side of the resolver child: it binds the sockets, starts the child,
// tells it who resolves what, and checks everything the child asks for.
//
//	client --:53--> child --Permit, Learn--> names --> kernel: atoms or routes
//	                  '--> gateway's resolver, site's resolvers, link's resolvers
package names

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
)

const (
	keepEvery    = 10 * time.Second
	lookEvery    = time.Second
	restartPause = 500 * time.Millisecond
)

// Options are what names needs; all but System and Stub are required.
type Options struct {
	Link    string // the tunnel interface of a device
	Device  ports.DeviceNames
	Gateway ports.GatewayNames
	Emit    ports.Emit
	Log     *slog.Logger
	// System has the machine's programs ask the stub; nil leaves the machine's resolver alone.
	System System
	// Stub is where a device answers; none: on the tunnel's own addresses.
	Stub []netip.Addr
}

// System is the machine's own resolver.
type System interface {
	Take(wanted systemdns.Wanted) (systemdns.State, error)
	Release(link string) error
}

// Names owns the child; all methods may be called from any goroutine. It implements ports.Names.
type Names struct {
	options Options
	mutex   sync.Mutex
	child   *process // nil: nothing is served
	wake    chan struct{}
	// learner has a lock of its own: questions go on while the system's resolver is talked to.
	learner atomic.Pointer[learner]
	// gateways are the names of endpoints that may be learned now.
	gateways atomic.Pointer[[]string]
	config   func() channel.Config
	// addresses are where the child answers, or shall; reviving says that it is tried again soon.
	addresses []netip.Addr
	reviving  bool
	wanted    *systemdns.Wanted // nil: not a device
	others    []netip.AddrPort
	refusal   string // why the system does not ask us, as it was told last
}

// New starts nothing.
func New(options Options) *Names {
	return &Names{options: options, wake: make(chan struct{}, 1)}
}

// learner takes what the child learned; it belongs to the role.
type learner struct {
	permit  func(client netip.Addr, name string) bool
	learn   func(ctx context.Context, found ports.Named) ([]netip.Addr, error)
	allowed []netip.Prefix // the ceiling; nil: the built-in limits alone
}

// ServeDevice answers on the device's tunnel addresses; what is protected never goes to the link.
func (n *Names) ServeDevice(_ context.Context, tunnel object.Tunnel, allowed []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.learner.Store(&learner{
		permit: func(netip.Addr, string) bool { return true }, learn: n.options.Device.Learn,
		allowed: allowed,
	})
	gateways := gatewaysOf(tunnel)
	n.gateways.Store(&gateways)
	n.config = func() channel.Config {
		config := deviceConfig(tunnel, n.options.Device.Carriers())
		config.Link, config.Others = n.options.Link, n.others
		return config
	}
	addresses := n.options.Stub
	if len(addresses) == 0 {
		for _, prefix := range tunnel.Addresses {
			addresses = append(addresses, prefix.Addr())
		}
	}
	n.wanted = &systemdns.Wanted{Link: n.options.Link, Stub: addresses, Domains: domainsOf(tunnel)}
	if n.child == nil {
		// Where no child starts, a system that asks by name asks nobody else all the same. What hinders is
		// told below.
		_ = n.takeSystem()
	}
	err := n.serve(addresses)
	n.settle(n.takeSystem())
	return err
}

// settle keeps why the system does not ask us and says it once. It is no failure of the config: the
// tunnel works, and whoever keeps that resolver is not fought.
func (n *Names) settle(err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != n.refusal && said != "" {
		n.options.Log.Warn("the system does not ask us about protected names", "why", said)
	}
	n.refusal = said
}

// Findings tells why the machine's own resolver does not ask us; nothing when it does.
func (n *Names) Findings() []ports.Finding {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.refusal == "" {
		return nil
	}
	return []ports.Finding{{Kind: ports.NamesHeard, Detail: n.refusal}}
}

// followCarriers tells the child when other gateways carry the sites than it knows, and has them
// learn where the names in use lead: flows go on there.
func (n *Names) followCarriers() error {
	if n.child == nil || n.config == nil {
		return nil
	}
	next := n.config()
	if reflect.DeepEqual(next, n.child.config) {
		return nil
	}
	if err := n.child.configure(next); err != nil || n.wanted == nil {
		return err
	}
	return n.child.say(channel.Line{Again: n.options.Device.LiveNames()})
}

// takeSystem has the system ask us, or finds that it does, and passes on to whom all else goes.
func (n *Names) takeSystem() error {
	if n.options.System == nil || n.wanted == nil {
		return nil
	}
	wanted := *n.wanted
	wanted.Answers = n.child != nil && n.child.answers
	state, err := n.options.System.Take(wanted)
	if err != nil {
		return err
	}
	if state.Mode == "" || slices.Equal(state.Others, n.others) {
		return nil
	}
	n.others = state.Others
	if !wanted.Answers {
		return nil
	}
	return n.child.configure(n.config())
}

// look follows the carriers and the machine's resolvers, which come and go with networks.
func (n *Names) look() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.settle(errors.Join(n.followCarriers(), n.takeSystem()))
}

// lookWhileRefused looks again only where the last look was refused.
func (n *Names) lookWhileRefused() {
	n.mutex.Lock()
	refused := n.refusal != ""
	n.mutex.Unlock()
	if refused {
		n.look()
	}
}

// ServeGateway answers devices on the gateway's tunnel addresses, where the site has resolvers.
func (n *Names) ServeGateway(_ context.Context, gateway object.Gateway, allowed []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(gateway.Resolvers) == 0 {
		n.stop()
		return nil
	}
	n.wanted = nil
	n.learner.Store(&learner{
		permit: n.options.Gateway.Permit, learn: n.options.Gateway.Learn, allowed: allowed,
	})
	n.config = func() channel.Config { return gatewayConfig(gateway) }
	return n.serve(gateway.Addresses)
}

// Moved tells that the network changed, or that other gateways carry the sites now.
func (n *Names) Moved() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Leave ends the child.
func (n *Names) Leave(context.Context) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.stop()
	n.wanted, n.others, n.refusal = nil, nil, ""
	if n.options.System == nil {
		return nil
	}
	return n.options.System.Release(n.options.Link)
}

// Keep prolongs and forgets learned addresses and follows the system's resolver until the context
// ends.
func (n *Names) Keep(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			n.lookWhileRefused()
		case <-n.wake:
			n.look()
		case <-ticker.C:
			n.look()
			n.options.Device.KeepNames(ctx)
			n.options.Gateway.KeepNames(ctx)
		}
	}
}

// serve has a child on these addresses with the config of now; where it fails, it is tried again.
func (n *Names) serve(addresses []netip.Addr) error {
	n.addresses = addresses
	if n.child != nil && !slices.Equal(n.child.addresses, addresses) {
		n.child.stop()
		n.child = nil
	}
	if n.child == nil {
		child, err := start(addresses, n.options.Log)
		if err != nil {
			n.reviveSoon()
			return err
		}
		n.child = child
		go n.follow(child)
	}
	err := n.child.configure(n.config())
	if err != nil {
		// Another one takes its place.
		n.child.kill()
	}
	return err
}

// follow serves the child's line; when the child ends by itself, a new one takes its place.
func (n *Names) follow(child *process) {
	err := child.read(n.answer)
	end := child.wait()
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.child != child {
		return
	}
	n.options.Log.Warn("resolver child ended, starting it anew", "end", end, "why", fmt.Sprint(err))
	n.child = nil
	n.reviveSoon()
}

func (n *Names) reviveSoon() {
	if !n.reviving {
		n.reviving = true
		time.AfterFunc(restartPause, n.revive)
	}
}

func (n *Names) revive() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.reviving = false
	if n.child != nil || n.config == nil {
		return
	}
	if err := n.serve(n.addresses); err != nil {
		n.options.Log.Error("resolver child does not start", "why", err.Error())
		return
	}
	n.settle(n.takeSystem())
}

func (n *Names) stop() {
	n.config = nil
	if n.child != nil {
		child := n.child
		n.child = nil
		child.stop()
	}
}
