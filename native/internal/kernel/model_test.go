//go:build linux

package kernel

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

// model is lock 1 as one would explain it: slow, and with none of the filter's maps, marks and sets.
type model struct {
	pools     []netip.Prefix
	own       []netip.Addr
	resources []object.Resource
	grants    []modelGrant
	// begun holds the flows of which a packet from the device was let through.
	begun map[string]bool
}

type modelGrant struct {
	object.Grant
	live bool
	open map[string]bool // resources whose end has not come
}

// forwards judges a packet from the device to the resource.
func (m *model) forwards(p packet) bool {
	for _, own := range m.own {
		if p.to == own {
			return false
		}
	}
	if !m.inPool(p.from) || m.inPool(p.to) {
		return false
	}
	return m.granted(p.from, p.to, p)
}

// answers judges the reply to a packet, from the resource to the device.
func (m *model) answers(p packet) bool {
	return m.begun[p.flow()] && m.granted(p.from, p.to, p)
}

func (m *model) granted(device, target netip.Addr, p packet) bool {
	resource := m.resourceOf(target, p)
	for _, grant := range m.grants {
		for _, address := range grant.Addresses {
			if address.Addr() == device && grant.live && grant.open[resource] {
				return true
			}
		}
	}
	return false
}

func (m *model) inPool(address netip.Addr) bool {
	for _, pool := range m.pools {
		if pool.Contains(address) {
			return true
		}
	}
	return false
}

// resourceOf takes the most specific target: longest prefix, fewest ports, narrowest protocol,
// smaller id.
func (m *model) resourceOf(address netip.Addr, p packet) string {
	best, winner := []int{}, ""
	for _, resource := range m.resources {
		for _, target := range resource.Targets {
			if !target.Prefix.Contains(address) || !matchesProtocol(target, p) {
				continue
			}
			wide := 0
			if target.Proto == "any" {
				wide = 1
			}
			rank := []int{-target.Prefix.Bits(), portsOf(target), wide}
			if winner == "" || lessRank(rank, best) ||
				(!lessRank(best, rank) && resource.ID < winner) {
				best, winner = rank, resource.ID
			}
		}
	}
	return winner
}

func matchesProtocol(target object.Target, p packet) bool {
	switch target.Proto {
	case "any":
		return true
	case "icmp":
		return (p.proto == unix.IPPROTO_ICMP && p.to.Is4()) ||
			(p.proto == unix.IPPROTO_ICMPV6 && p.to.Is6())
	case "tcp":
		return p.proto == unix.IPPROTO_TCP && portInside(target, p.toPort)
	default:
		return p.proto == unix.IPPROTO_UDP && portInside(target, p.toPort)
	}
}

func portInside(target object.Target, port uint16) bool {
	for _, r := range target.Ports {
		if r.First <= port && port <= r.Last {
			return true
		}
	}
	return false
}

func portsOf(target object.Target) int {
	if target.Proto == "any" || target.Proto == "icmp" {
		return 65536
	}
	count := 0
	for port := range 65536 {
		if portInside(target, uint16(port)) {
			count++
		}
	}
	return count
}

func lessRank(a, b []int) bool {
	for index := range a {
		if a[index] != b[index] {
			return a[index] < b[index]
		}
	}
	return false
}

var barrierResource = object.Resource{ID: "res_zz", Targets: []object.Target{{
	Prefix: netip.PrefixFrom(barrierTarget, 32), Proto: "udp",
	Ports: []object.PortRange{{First: 9, Last: 9}},
}}}

// barrierGrant lets the packets pass by which the test knows that all others have.
func barrierGrant() ports.GrantUpsert {
	return ports.GrantUpsert{
		Live: time.Hour, Ends: map[string]time.Duration{barrierResource.ID: time.Hour},
		Grant: object.Grant{
			JTI: "jti_barrier", PublicKey: object.Key{200},
			Addresses: []netip.Prefix{netip.PrefixFrom(barrierDevice, 32)},
			Access:    []object.Access{{Resource: barrierResource.ID}},
		},
	}
}

const (
	modelRounds  = 6
	modelPackets = 350
)

// TestTheFilterAgreesWithTheObviousModel sends random packets, replies and forgeries through the real
// filter, and compares what came out with what the model says.
func TestTheFilterAgreesWithTheObviousModel(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	// A cable instead of a TUN: what is put into its far end came out of WireGuard for the kernel.
	far := wg.FarEnd(filter.LinkName)
	nstest.Run(t, "ip", "link", "add", filter.LinkName, "type", "veth", "peer", "name", far)
	nstest.Run(t, "ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
	for _, link := range []string{"lan0", "lan1"} {
		nstest.Run(t, "ip", "link", "set", link, "arp", "off", "up")
	}
	l.gatewayConfig.Mode, l.gatewayConfig.LAN = "routed", "lan0"
	configured(t, l, l.gatewayConfig, l.gateway)
	for _, prefix := range []string{"10.0.0.0/8", "fd50::/16"} {
		nstest.Run(t, "ip", "route", "add", prefix, "dev", "lan0")
	}
	// The packets here carry no checksums.
	nstest.Run(t, "sysctl", "-qw", "net.netfilter.nf_conntrack_checksum=0")
	b := newBench(t, far, filter.LinkName, "lan1", "lan0")

	random := rand.New(rand.NewPCG(11, 12))
	m := &model{pools: l.gatewayConfig.Pools, own: l.gatewayConfig.Addresses, begun: map[string]bool{}}
	passed, refused := 0, 0
	for round := range modelRounds {
		config := l.gatewayConfig
		config.Resources = append(randomResources(random), barrierResource)
		configured(t, l, config, l.gateway)
		m.resources = config.Resources
		change := m.grantAnew(random)
		if _, err := l.gateway.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		sent := b.outward(m, randomPackets(random, round))
		more, less := b.inward(m, sent)
		passed, refused = passed+more, refused+less
		b.inward(m, forgeries(random, round))
		m.grants = m.grants[:len(m.grants)/2]
		if _, err := l.gateway.Commit(t.Context(), ports.Change{
			Replace: true, Upsert: change.Upsert[:1+len(m.grants)],
		}); err != nil {
			t.Fatal(err)
		}
		b.inward(m, sent)
		b.outward(m, randomPackets(random, round+modelRounds))
	}
	if passed < modelRounds*modelPackets/20 || refused < modelRounds*modelPackets/20 {
		t.Errorf("%d packets passed, %d did not: the test shows too little", passed, refused)
	}
}

// grantAnew makes random grants for a handful of devices and says them to both sides.
func (m *model) grantAnew(random *rand.Rand) ports.Change {
	m.grants = nil
	change := ports.Change{Replace: true, Upsert: []ports.GrantUpsert{barrierGrant()}}
	for number := range 8 {
		grant := modelGrant{live: random.IntN(5) > 0, open: map[string]bool{}}
		grant.JTI = fmt.Sprintf("jti_%d_%d", number, random.IntN(1<<30))
		grant.PublicKey = object.Key{byte(number + 1), 9}
		grant.Addresses = []netip.Prefix{
			netip.PrefixFrom(deviceAddress(number, true), 32),
			netip.PrefixFrom(deviceAddress(number, false), 128),
		}
		upsert := ports.GrantUpsert{Ends: map[string]time.Duration{}}
		for _, resource := range m.resources {
			if random.IntN(2) == 0 {
				continue
			}
			grant.Access = append(grant.Access, object.Access{Resource: resource.ID})
			if random.IntN(5) > 0 {
				grant.open[resource.ID] = true
				upsert.Ends[resource.ID] = time.Hour
			}
		}
		if grant.live {
			upsert.Live = time.Hour
		}
		upsert.Grant = grant.Grant
		m.grants = append(m.grants, grant)
		change.Upsert = append(change.Upsert, upsert)
	}
	return change
}

func deviceAddress(number int, is4 bool) netip.Addr {
	if is4 {
		return netip.AddrFrom4([4]byte{100, 96, 1, byte(number)})
	}
	return netip.MustParseAddr(fmt.Sprintf("fd96::1:%x", number))
}

// randomPackets come from devices with and without grants, from nobody's addresses, and go to
// resources, their neighbours, the gateway and other devices.
func randomPackets(random *rand.Rand, round int) []packet {
	packets := []packet{}
	for index := range modelPackets {
		is4 := random.IntN(2) == 0
		p := packet{id: uint32(round*modelPackets + index), from: deviceAddress(random.IntN(10), is4)}
		p.fromPort = uint16(2000 + p.id)
		p.toPort = uint16(random.IntN(16))
		host := random.IntN(10)
		p.to, p.proto = netip.AddrFrom4([4]byte{10, 50, 0, byte(host)}), unix.IPPROTO_ICMP
		if !is4 {
			p.to, p.proto = netip.MustParseAddr(fmt.Sprintf("fd50::%x", host)), unix.IPPROTO_ICMPV6
		}
		if kind := random.IntN(8); kind < 7 {
			p.proto = []uint8{unix.IPPROTO_TCP, unix.IPPROTO_TCP, unix.IPPROTO_TCP, unix.IPPROTO_UDP,
				unix.IPPROTO_UDP, unix.IPPROTO_UDP, 99}[kind]
		}
		switch random.IntN(20) {
		case 0:
			p.from = deviceAddress(random.IntN(10), is4).Next().Next()
		case 1:
			p.to = deviceAddress(random.IntN(10), is4)
		case 2:
			p.from = netip.MustParseAddr(map[bool]string{true: "10.50.0.77", false: "fd50::77"}[is4])
		case 3:
			p.to = netip.MustParseAddr(map[bool]string{true: "100.96.0.1", false: "fd96::1"}[is4])
		}
		packets = append(packets, p)
	}
	return packets
}

// forgeries are replies to packets that never were.
func forgeries(random *rand.Rand, round int) []packet {
	forged := randomPackets(random, round)
	for index := range forged {
		forged[index].fromPort += 30_000
		if forged[index].proto == 99 {
			forged[index].proto = unix.IPPROTO_UDP
		}
	}
	return forged
}
