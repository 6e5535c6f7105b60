//go:build linux

package kernel

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

// lab is a device (the test's own namespace), a gateway and a resource behind it:
//
//	device 192.0.2.1 ---- 192.0.2.2 gateway 10.50.0.1 ---- 10.50.0.10 resource
type lab struct {
	device   *guard.Device
	gateway  *filter.Gateway
	site     *nstest.Namespace
	resource *nstest.Namespace
	events   chan ports.Event

	deviceKey, gatewayKey key
	gatewayConfig         object.Gateway
	tunnel                object.Tunnel
}

type key struct{ private, public object.Key }

func newKey(t *testing.T) key {
	t.Helper()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key{object.Key(private.Bytes()), object.Key(private.PublicKey().Bytes())}
}

func newLab(t *testing.T) *lab {
	t.Helper()
	if abilities := Probe(); abilities.WireGuard == wg.None || !abilities.Nft {
		nstest.Unavailable(t, fmt.Sprintf("abilities of this machine: %+v", abilities))
	}
	l := &lab{
		site: nstest.NewNamespace(t), resource: nstest.NewNamespace(t),
		events: make(chan ports.Event, 1000), deviceKey: newKey(t), gatewayKey: newKey(t),
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	emit := func(event ports.Event) {
		select {
		case l.events <- event:
		default:
		}
	}
	l.device, l.gateway = guard.New(emit, log), filter.New(emit, log)
	l.wire(t)
	l.describe()
	return l
}

func (l *lab) wire(t *testing.T) {
	nstest.Run(t, "ip", "link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
	l.site.Adopt(t, "wan1")
	nstest.Run(t, "ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
	l.site.Adopt(t, "lan0")
	l.resource.Adopt(t, "lan1")
	set := func(run func(*testing.T, string, ...string) string, link string, addresses ...string) {
		for _, address := range addresses {
			arguments := []string{"addr", "add", address, "dev", link}
			if strings.Contains(address, ":") {
				arguments = append(arguments, "nodad")
			}
			run(t, "ip", arguments...)
		}
		run(t, "ip", "link", "set", link, "up")
	}
	set(nstest.Run, "wan0", "192.0.2.1/24")
	set(l.site.Run, "wan1", "192.0.2.2/24")
	set(l.site.Run, "lan0", "10.50.0.1/24", "fd50::1/64")
	set(l.resource.Run, "lan1", "10.50.0.10/24", "fd50::10/64")
	nstest.Run(t, "ip", "route", "add", "default", "via", "192.0.2.2")
}

func (l *lab) describe() {
	p := netip.MustParsePrefix
	l.gatewayConfig = object.Gateway{
		ListenPort: 51820, MTU: 1420, LAN: "auto", Mode: "snat", ForwardV4: true, ForwardV6: true,
		Addresses: []netip.Addr{netip.MustParseAddr("100.96.0.1"), netip.MustParseAddr("fd96::1")},
		Pools:     []netip.Prefix{p("100.96.0.0/16"), p("fd96::/48")},
		PskSecret: [32]byte{1},
		Resources: []object.Resource{
			{ID: "res_git", Targets: []object.Target{
				{Prefix: p("10.50.0.10/32"), Proto: "any"}, {Prefix: p("fd50::10/128"), Proto: "any"},
			}},
			{ID: "res_other", Targets: []object.Target{
				{Prefix: p("10.50.0.10/32"), Proto: "tcp", Ports: []object.PortRange{{First: 22, Last: 22}}},
			}},
		},
	}
	l.tunnel = object.Tunnel{
		State: "open", MTU: 1420, KeepaliveSeconds: 25,
		Addresses:         []netip.Prefix{p("100.96.1.2/32"), p("fd96::102/128")},
		ProtectedPrefixes: []netip.Prefix{p("10.50.0.0/16"), p("fd50::/48")},
		Sites: []object.Site{{
			Site:   "sit_a",
			Routes: []netip.Prefix{p("10.50.0.10/32"), p("fd50::10/128")},
			Peers:  []object.Peer{l.peerFor(l.deviceKey)},
		}},
	}
}

// peerFor is the gateway as a device with this key sees it.
func (l *lab) peerFor(device key) object.Peer {
	preshared, _ := filter.PresharedKey(l.gatewayConfig.PskSecret, device.public)
	return object.Peer{
		PublicKey: l.gatewayKey.public, PresharedKey: preshared,
		Endpoints:       []object.Endpoint{{Address: netip.MustParseAddr("192.0.2.2"), Port: 51820}},
		TunnelAddresses: l.gatewayConfig.Addresses,
	}
}

func mustApply(t *testing.T, what string, result []ports.Step) {
	t.Helper()
	for _, step := range result {
		if step.Result != ports.StepOK {
			t.Fatalf("%s: step %s %s: %s", what, step.Name, step.Result, step.Detail)
		}
	}
}

func (l *lab) configure(t *testing.T) {
	t.Helper()
	l.site.Do(func() {
		mustApply(t, "gateway", l.gateway.Configure(context.Background(), ports.GatewayDesired{
			Gateway: l.gatewayConfig, PrivateKey: l.gatewayKey.private,
		}))
	})
}

func (l *lab) connect(t *testing.T) {
	t.Helper()
	mustApply(t, "device", l.device.Apply(context.Background(), l.desired()))
}

func (l *lab) desired() ports.DeviceDesired {
	return ports.DeviceDesired{Tunnel: l.tunnel, PrivateKey: l.deviceKey.private}
}

func (l *lab) grant(resources ...string) object.Grant {
	grant := object.Grant{
		JTI: "jti_1", PublicKey: l.deviceKey.public, Addresses: slices.Clone(l.tunnel.Addresses),
	}
	for _, resource := range resources {
		grant.Access = append(grant.Access, object.Access{Resource: resource})
	}
	return grant
}

func upsert(grant object.Grant, live, end time.Duration) ports.Change {
	ends := map[string]time.Duration{}
	for _, access := range grant.Access {
		ends[access.Resource] = end
	}
	return ports.Change{Upsert: []ports.GrantUpsert{{Grant: grant, Live: live, Ends: ends}}}
}

// openRoadOfResource has the resource answer devices by their own addresses.
func (l *lab) openRoadOfResource(t *testing.T) {
	t.Helper()
	l.resource.Run(t, "ip", "route", "add", "100.96.0.0/16", "via", "10.50.0.1")
	l.resource.Run(t, "ip", "route", "add", "fd96::/48", "via", "fd50::1")
}

// open configures the gateway, grants the device one resource for an hour and connects it.
func (l *lab) open(t *testing.T) object.Grant {
	t.Helper()
	l.configure(t)
	grant := l.grant("res_git")
	l.commit(t, upsert(grant, lasting, time.Hour))
	l.connect(t)
	return grant
}

// watched makes a device or a gateway and keeps what it tells.
func watched[Side any](
	t *testing.T, open func(ports.Emit, *slog.Logger) Side,
) (Side, chan ports.Event) {
	t.Helper()
	events := make(chan ports.Event, 1000)
	return open(func(event ports.Event) { events <- event }, slog.Default()), events
}

func (l *lab) commit(t *testing.T, change ports.Change) ports.CommitResult {
	t.Helper()
	var result ports.CommitResult
	l.site.Do(func() {
		var err error
		if result, err = l.gateway.Commit(context.Background(), change); err != nil {
			t.Fatal(err)
		}
	})
	return result
}

// echoStreams answers on TCP with what it is told, in the namespace of the caller.
func echoStreams(t *testing.T, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(connection, connection) }()
		}
	}()
}

// serve echoes on TCP and UDP of one port at all addresses of a namespace.
func serve(t *testing.T, namespace *nstest.Namespace, port int) {
	t.Helper()
	address := fmt.Sprintf("[::]:%d", port)
	namespace.Do(func() {
		echoStreams(t, address)
		packets, err := net.ListenPacket("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = packets.Close() })
		go func() {
			buffer := make([]byte, 2048)
			for {
				size, from, err := packets.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = packets.WriteTo(buffer[:size], from)
			}
		}()
	})
}

// reaches sends until an echo comes or the patience ends.
func reaches(network, address string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for attempt := firstAttempt; ; attempt = min(2*attempt, lastAttempt) {
		err := echo(network, address, min(attempt, time.Until(deadline)))
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func echo(network, address string, patience time.Duration) error {
	connection, err := net.DialTimeout(network, address, patience)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	_, err = io.ReadFull(connection, make([]byte, 5))
	return err
}

var (
	patience = nstest.Slowness * 30 * time.Second
	refusal  = nstest.Slowness * 400 * time.Millisecond
	// A lost packet is soon sent again, and a slow answer waited for.
	firstAttempt = nstest.Slowness * 300 * time.Millisecond
	lastAttempt  = nstest.Slowness * 2400 * time.Millisecond
	// A lease that no test outlives, however slow the machine is.
	lasting = time.Hour
)

// until looks again and again until it is so, for as long as a busy machine may take.
func until(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !isSo(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

var everyWay = []struct{ network, address string }{
	{"tcp", "10.50.0.10:8080"}, {"udp", "10.50.0.10:8080"},
	{"tcp", "[fd50::10]:8080"}, {"udp", "[fd50::10]:8080"},
}

func mustReach(t *testing.T, what string) {
	t.Helper()
	for way, err := range tryEveryWay(patience) {
		if err != nil {
			t.Fatalf("%s: %s does not answer: %v", what, way, err)
		}
	}
}

func mustNotReach(t *testing.T, what string) {
	t.Helper()
	for way, err := range tryEveryWay(refusal) {
		if err == nil {
			t.Fatalf("%s: %s answers", what, way)
		}
	}
}

func tryEveryWay(patience time.Duration) map[string]error {
	var (
		mutex   sync.Mutex
		group   sync.WaitGroup
		results = map[string]error{}
	)
	for _, way := range everyWay {
		group.Go(func() {
			err := reaches(way.network, way.address, patience)
			mutex.Lock()
			defer mutex.Unlock()
			results[way.network+" "+way.address] = err
		})
	}
	group.Wait()
	return results
}
