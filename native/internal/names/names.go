// Package names is netd's side of the resolver child: it binds the sockets, starts the child,
// tells it who resolves what, and checks everything the child asks for.
//
//	client --:53--> child --Permit, Learn--> names --> kernel: atoms or routes
//	                  '--> gateway's resolver, site's resolvers, link's resolvers
package names

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

const (
	dnsPort      = 53
	keepEvery    = 10 * time.Second
	restartPause = 500 * time.Millisecond
)

// Options are what names needs; all are required.
type Options struct {
	Device  ports.DeviceNames
	Gateway ports.GatewayNames
	Emit    ports.Emit
	Log     *slog.Logger
}

// Names owns the child; all methods may be called from any goroutine. It implements ports.Names.
type Names struct {
	options Options
	mutex   sync.Mutex
	child   *process // nil: nothing is served
	teacher teacher
	config  func() channel.Config
}

// New starts nothing.
func New(options Options) *Names { return &Names{options: options} }

// teacher takes what the child learned; it belongs to the role.
type teacher struct {
	permit  func(client netip.Addr, name string) bool
	learn   func(ctx context.Context, found ports.Named) ([]netip.Addr, error)
	allowed []netip.Prefix // the ceiling; nil: the built-in limits alone
}

// ServeDevice answers on the device's tunnel addresses; what is protected never goes to the link.
func (n *Names) ServeDevice(_ context.Context, tunnel object.Tunnel, allowed []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.teacher = teacher{
		permit: func(netip.Addr, string) bool { return true }, learn: n.options.Device.Learn,
		allowed: allowed,
	}
	n.config = func() channel.Config { return deviceConfig(tunnel, n.options.Device.Carriers()) }
	addresses := []netip.Addr{}
	for _, prefix := range tunnel.Addresses {
		addresses = append(addresses, prefix.Addr())
	}
	return n.serve(addresses)
}

// ServeGateway answers devices on the gateway's tunnel addresses, where the site has resolvers.
func (n *Names) ServeGateway(_ context.Context, gateway object.Gateway, allowed []netip.Prefix) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if len(gateway.Resolvers) == 0 {
		n.stop()
		return nil
	}
	n.teacher = teacher{
		permit: n.options.Gateway.Permit, learn: n.options.Gateway.Learn, allowed: allowed,
	}
	n.config = func() channel.Config { return gatewayConfig(gateway) }
	return n.serve(gateway.Addresses)
}

// Moved tells that other gateways carry the sites now.
func (n *Names) Moved() {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.child == nil {
		return
	}
	if err := n.child.configure(n.config()); err != nil {
		n.options.Log.Warn("resolver child did not hear of a move", "detail", err.Error())
	}
}

// Leave ends the child.
func (n *Names) Leave(context.Context) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.stop()
	return nil
}

// Keep prolongs and forgets learned addresses until the context ends.
func (n *Names) Keep(ctx context.Context) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			n.options.Device.KeepNames(ctx)
			n.options.Gateway.KeepNames(ctx)
		}
	}
}

// serve has a child on these addresses with the config of now.
func (n *Names) serve(addresses []netip.Addr) error {
	if n.child != nil && !slices.Equal(n.child.addresses, addresses) {
		n.child.stop()
		n.child = nil
	}
	if n.child == nil {
		child, err := start(addresses, n.options.Log)
		if err != nil {
			return err
		}
		n.child = child
		go n.follow(child)
	}
	return n.child.configure(n.config())
}

// follow serves the child's line; when the child ends by itself, a new one takes its place.
func (n *Names) follow(child *process) {
	err := child.read(n.answer)
	child.wait()
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.child != child {
		return
	}
	n.options.Log.Error("resolver child ended, starting it anew", "detail", fmt.Sprint(err))
	n.child = nil
	time.AfterFunc(restartPause, func() { n.revive(child.addresses) })
}

func (n *Names) revive(addresses []netip.Addr) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.child != nil || n.config == nil {
		return
	}
	if err := n.serve(addresses); err != nil {
		n.options.Log.Error("resolver child does not start", "detail", err.Error())
		time.AfterFunc(restartPause, func() { n.revive(addresses) })
	}
}

func (n *Names) stop() {
	n.config = nil
	if n.child != nil {
		child := n.child
		n.child = nil
		child.stop()
	}
}
