// Package ports names what the daemon needs of the kernel, in the daemon's own words. The kernel
// packages implement it; only main joins the two. Nothing here verifies: every object that comes
// through was verified before.
package ports

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"sallyport.dev/netd/internal/object"
)

// Step is one part of making a desired state so; a failed step never leaves anything half open.
type Step struct {
	Name   string `json:"name"`
	Result string `json:"result"` // StepOK, StepFailed or StepSkipped
	Detail string `json:"detail,omitempty"`
}

// The results of a step.
const (
	StepOK      = "ok"
	StepFailed  = "failed"
	StepSkipped = "skipped"
)

// Device applies whole desired states on a laptop. Order: guard, unreachable and rules, TUN,
// WireGuard, routes; removal in reverse.
type Device interface {
	// Apply makes the whole state so; it goes on after a failed step only where that closes.
	Apply(ctx context.Context, desired DeviceDesired) []Step
	// Narrow takes away every granted route and keeps guard, rules and unreachable routes.
	Narrow(ctx context.Context) error
	// EnsureGuard puts guard, rules and unreachable routes back where they are missing, no more.
	EnsureGuard(ctx context.Context, desired DeviceDesired) error
	Observe(ctx context.Context) (DeviceObserved, error)
	// Bump re-binds the WireGuard socket and makes every peer shake hands anew.
	Bump(ctx context.Context) error
	// Leave removes everything that is ours.
	Leave(ctx context.Context) error
}

// Portals is a Device that knows captive portals.
type Portals interface {
	// OpenPortal makes a page reachable in clear and answers for how long; 0 where nothing of ours is
	// in the way.
	OpenPortal(ctx context.Context, page netip.AddrPort) (time.Duration, error)
	// ClosePortal ends that where it is open.
	ClosePortal(ctx context.Context, reason string) error
}

// Why a captive portal stays closed.
var (
	ErrPortalGranted = errors.New("a granted resource has this address, or a gateway")
	ErrPortalFar     = errors.New("the address is in no network of this machine")
)

// DeviceDesired is a verified tunnel config with the key that only netd knows.
type DeviceDesired struct {
	Tunnel     object.Tunnel
	PrivateKey object.Key
	// Blocked closes every granted route whatever Tunnel.State says (verb `narrow`).
	Blocked bool
}

// Gateway holds both locks. Grants are written by raw netlink, one transaction per Change.
type Gateway interface {
	// Configure makes the static part so and states the grants it holds under the new atoms. What
	// others tampered with it puts back by itself, with the time left.
	Configure(ctx context.Context, desired GatewayDesired) []Step
	// Commit writes one change, removals first, and answers when the kernel had committed it.
	Commit(ctx context.Context, change Change) (CommitResult, error)
	// EmptyLive ends every flow at once; peers and grants stay.
	EmptyLive(ctx context.Context) (CommitResult, error)
	Observe(ctx context.Context) (GatewayObserved, error)
	Bump(ctx context.Context) error
	// Leave removes everything that is ours.
	Leave(ctx context.Context) error
}

// Expecter is a Gateway that can begin with what a coming snapshot needs before all of it is there.
type Expecter interface {
	// Expect returns at once, and opens nothing for these keys.
	Expect(keys []object.Key)
}

// Settler is a Gateway at which flows of an address's former holder may be left for a moment.
type Settler interface {
	// Settle waits until none are left at these addresses, but not for long.
	Settle(addresses []netip.Prefix)
}

// Memory is what a Gateway knows once the machine was started anew: prefixes that it had a route to,
// narrower than the default one.
type Memory interface {
	Recall() ([]netip.Prefix, error)
	// Remember keeps exactly these; none: nothing is kept.
	Remember(prefixes []netip.Prefix) error
}

// GatewayDesired is a verified gateway config with the key that only netd knows.
type GatewayDesired struct {
	Gateway    object.Gateway
	PrivateKey object.Key
}

// Change is one transaction on a gateway. A JTI stands at most once in it.
type Change struct {
	// Replace says that Upsert is everything: whatever else the kernel holds (adopted elements and
	// peers included) is removed in the same transaction.
	Replace bool
	Remove  []GrantState
	Upsert  []GrantUpsert
	Renew   []Renewal
}

// GrantState is a grant as the kernel holds it: enough to take its elements and peer away.
type GrantState struct {
	Grant object.Grant
}

// GrantUpsert adds a grant, or replaces Former (same subject, higher version) atomically.
type GrantUpsert struct {
	Grant  object.Grant
	Former *object.Grant
	// Live is the time until which the address is live. KeepLive leaves the live element as it is
	// (present or absent) and ignores Live. Otherwise Live <= 0 takes the element away.
	Live     time.Duration
	KeepLive bool
	// Ends holds, per resource id of Grant.Access, the time left. Only positive ones are listed.
	Ends map[string]time.Duration
}

// Renewal sets the live timeout of a grant that is already there.
type Renewal struct {
	Grant object.Grant
	Live  time.Duration
}

// CommitResult is the CLOCK_MONOTONIC time at which the kernel acknowledged the commit.
type CommitResult struct {
	KernelAtMs float64
}

// Named is what an answer said about a name: addresses for a time.
type Named struct {
	Client    netip.Addr // who asked, by tunnel address; on a device itself
	Name      string
	Addresses []netip.Addr
	For       time.Duration
}

// Names answers the questions of programs and devices about protected names. Allowed is the local
// ceiling of the role; nil: the built-in limits alone.
type Names interface {
	ServeDevice(ctx context.Context, tunnel object.Tunnel, allowed []netip.Prefix) error
	ServeGateway(ctx context.Context, gateway object.Gateway, allowed []netip.Prefix) error
	// Moved tells that the network changed, or that other gateways carry the sites now.
	Moved()
	// Findings tells why the machine's own resolver does not ask us; nothing when it does.
	Findings() []Finding
	// Leave ends it and gives the system its own resolvers back.
	Leave(ctx context.Context) error
}

// GatewayNames opens what names lead to on a gateway.
type GatewayNames interface {
	// Permit tells whether the client holds a grant for something of this name.
	Permit(client netip.Addr, name string) bool
	// Learn puts the atoms of the addresses into the kernel and answers those that are there when
	// it returns; the others may not be told.
	Learn(ctx context.Context, found Named) ([]netip.Addr, error)
	// KeepNames prolongs what flows still use and forgets the rest; call it every few seconds.
	KeepNames(ctx context.Context)
}

// DeviceNames routes what names lead to on a device.
type DeviceNames interface {
	// Learn routes the addresses into the tunnel of the name's site and answers those it routed.
	Learn(ctx context.Context, found Named) ([]netip.Addr, error)
	// LearnGateway notes where the name of a gateway's endpoint leads.
	LearnGateway(ctx context.Context, name string, addresses []netip.Addr) error
	// LiveNames lists the names whose addresses have a route now.
	LiveNames() []string
	// Carriers lists, for each open site, the tunnel addresses of the gateway that carries it now.
	Carriers() map[string][]netip.Addr
	// KeepNames prolongs what flows still use and forgets the rest; call it every few seconds.
	KeepNames(ctx context.Context)
}

// Abilities is what this machine can do, found once at start.
type Abilities struct {
	WireGuard string `json:"wireguard"` // "kernel", "userspace" or "none"
	// Why tells why it is "none", where we brought no tunnel.
	Why  string `json:"why"`
	Nft  bool   `json:"nft"`
	IPv6 bool   `json:"ipv6"`
}

// DeviceObserved is a fresh reading of the device's side of the kernel.
type DeviceObserved struct {
	Guard    GuardObserved
	Link     *LinkObserved
	Routes   []netip.Prefix // granted routes that point into the tunnel
	Peers    []PeerObserved
	Counters map[string]uint64
	Findings []Finding
}

// GatewayObserved is a fresh reading of the gateway's side of the kernel.
type GatewayObserved struct {
	Guard    GuardObserved
	Link     *LinkObserved
	Routes   []netip.Prefix
	Peers    []PeerObserved
	Live     map[netip.Addr]time.Duration // time left of each live address
	Grants   int                          // elements in the grant sets
	Counters map[string]uint64
	Findings []Finding
}

// Finding is something of others that hurts what netd holds up, and that it may not mend itself.
type Finding struct {
	Kind   string `json:"kind"` // RouteDiverted, ForwardDropped, NamesHeard, FlowsFull or InsideLost
	Detail string `json:"detail"`
}

// The kinds of findings.
const (
	// RouteDiverted: a routing rule of others sends protected addresses past the tunnel.
	RouteDiverted = "routeDiverted"
	// ForwardDropped: a firewall of others drops what the gateway forwards; Detail is its chain.
	ForwardDropped = "forwardDropped"
	// NamesHeard: the machine's resolver does not ask us, so protected names are heard outside.
	NamesHeard = "namesHeard"
	// FlowsFull: connection tracking has no room, so the kernel drops the first packet of each new
	// flow, those of the machine's own programs too; Detail is how many it holds of how many.
	FlowsFull = "flowsFull"
	// InsideLost: a gateway that names no LAN had a route to these prefixes, and only the default one is
	// left, which takes nothing there.
	InsideLost = "insideLost"
)

// GuardObserved tells whether our nft table and our routing rules stand.
type GuardObserved struct {
	Table bool `json:"table"`
	Rules bool `json:"rules"`
}

// LinkObserved is our interface.
type LinkObserved struct {
	Name      string         `json:"name"`
	Up        bool           `json:"up"`
	MTU       int            `json:"mtu"`
	Addresses []netip.Prefix `json:"addresses"`
}

// PeerObserved is one WireGuard peer.
type PeerObserved struct {
	PublicKey           object.Key
	Endpoint            string
	HandshakeAgeSeconds *float64 // nil: no handshake yet
	RxBytes             int64
	TxBytes             int64
	AllowedIPs          []netip.Prefix
}
