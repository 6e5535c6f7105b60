//go:build linux

package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// packet is one from a device to a resource; its reply has the ends turned round.
type packet struct {
	id               uint32
	from, to         netip.Addr
	proto            uint8
	fromPort, toPort uint16
}

// flow names what connection tracking holds as one.
func (p packet) flow() string {
	if p.proto == 99 {
		return fmt.Sprint(p.proto, p.from, p.to)
	}
	if p.proto == unix.IPPROTO_ICMP || p.proto == unix.IPPROTO_ICMPV6 {
		return fmt.Sprint(p.proto, p.from, p.to, p.fromPort)
	}
	return fmt.Sprint(p.proto, p.from, p.to, p.fromPort, p.toPort)
}

const (
	packetMagic = 0x5350_4d44
	markedBytes = 8 // magic and id end every packet
)

// bytes builds the packet, or the reply to it, without checksums but that of the IPv4 header.
func (p packet) bytes(reply bool) []byte {
	from, to, fromPort, toPort := p.from, p.to, p.fromPort, p.toPort
	if reply {
		from, to, fromPort, toPort = to, from, toPort, fromPort
	}
	body := binary.BigEndian.AppendUint32(p.header(reply, fromPort, toPort), packetMagic)
	body = binary.BigEndian.AppendUint32(body, p.id)
	if p.proto == unix.IPPROTO_UDP {
		binary.BigEndian.PutUint16(body[4:], uint16(len(body)))
	}
	if from.Is6() {
		head := []byte{0x60, 0, 0, 0, byte(len(body) >> 8), byte(len(body)), p.proto, 64}
		return slices.Concat(head, from.AsSlice(), to.AsSlice(), body)
	}
	size := 20 + len(body)
	head := []byte{0x45, 0, byte(size >> 8), byte(size), 0, 0, 0, 0, 64, p.proto, 0, 0}
	head = slices.Concat(head, from.AsSlice(), to.AsSlice())
	binary.BigEndian.PutUint16(head[10:], checksum(head))
	return append(head, body...)
}

func (p packet) header(reply bool, fromPort, toPort uint16) []byte {
	switch p.proto {
	case unix.IPPROTO_TCP:
		head := make([]byte, 20)
		binary.BigEndian.PutUint16(head, fromPort)
		binary.BigEndian.PutUint16(head[2:], toPort)
		binary.BigEndian.PutUint32(head[4:], 1000)
		head[12], head[13], head[14] = 5<<4, 0x02, 0x20 // SYN, some window
		if reply {
			// The payload of a SYN counts, too.
			binary.BigEndian.PutUint32(head[8:], 1001)
			head[13] = 0x12
		}
		return head
	case unix.IPPROTO_UDP:
		head := binary.BigEndian.AppendUint16(nil, fromPort)
		return append(binary.BigEndian.AppendUint16(head, toPort), 0, 0, 0, 0)
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		kinds := map[uint8][2]byte{unix.IPPROTO_ICMP: {8, 0}, unix.IPPROTO_ICMPV6: {128, 129}}[p.proto]
		kind := kinds[0]
		if reply {
			kind = kinds[1]
		}
		return []byte{kind, 0, 0, 0, byte(p.fromPort >> 8), byte(p.fromPort), 0, 1}
	}
	return nil
}

// bench puts packets into one end of the filter and watches the other.
type bench struct {
	t        *testing.T
	tunnel   int // packet socket at the far end of spg0
	lan      int // packet socket at the far end of lan0
	toTunnel []byte
	toLAN    []byte
	barriers uint32
}

var (
	barrierDevice = netip.MustParseAddr("100.96.2.1")
	barrierTarget = netip.MustParseAddr("10.50.9.9")
)

// newBench keeps the test on one processor, so that packets stay in order from end to end.
func newBench(t *testing.T, tunnelFar, tunnel, lanFar, lan string) *bench {
	t.Helper()
	runtime.LockOSThread()
	set := unix.CPUSet{}
	set.Set(0)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, tunnel: packetSocket(t, tunnelFar), lan: packetSocket(t, lanFar)}
	b.toTunnel, b.toLAN = ethernetHead(t, tunnel), ethernetHead(t, lan)
	return b
}

func packetSocket(t *testing.T, name string) int {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	descriptor, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(descriptor) })
	patience := unix.NsecToTimeval(int64(20 * time.Second))
	err = errors.Join(
		unix.SetsockoptTimeval(descriptor, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience),
		unix.SetsockoptInt(descriptor, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1),
		unix.Bind(descriptor, &unix.SockaddrLinklayer{
			Protocol: binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}), Ifindex: link.Attrs().Index,
		}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return descriptor
}

func ethernetHead(t *testing.T, name string) []byte {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clone([]byte(link.Attrs().HardwareAddr)), 2, 0, 0, 0, 0, 1)
}

// outward sends packets from devices and compares; it answers what was sent.
func (b *bench) outward(m *model, packets []packet) []packet {
	b.t.Helper()
	seen := b.exchange(b.tunnel, b.toTunnel, b.lan, packets, false)
	for _, p := range packets {
		want := m.forwards(p)
		if seen[p.id] != want {
			b.t.Fatalf("%s: forwarded %v, the model says %v", p.flow(), seen[p.id], want)
		}
		if want {
			m.begun[p.flow()] = true
		}
	}
	return packets
}

// inward sends replies to these packets and compares; it counts them.
func (b *bench) inward(m *model, packets []packet) (passed, refused int) {
	b.t.Helper()
	seen := b.exchange(b.lan, b.toLAN, b.tunnel, packets, true)
	for _, p := range packets {
		want := m.answers(p)
		if seen[p.id] != want {
			b.t.Fatalf("reply to %s: forwarded %v, the model says %v", p.flow(), seen[p.id], want)
		}
		if want {
			passed++
		} else {
			refused++
		}
	}
	return passed, refused
}

// barrier is a packet that is always let through: what was sent before it has arrived by then, or
// never will.
func (b *bench) barrier() packet {
	b.barriers++
	return packet{
		id: 1<<31 | b.barriers, from: barrierDevice, to: barrierTarget, proto: unix.IPPROTO_UDP,
		fromPort: 9, toPort: 9,
	}
}

// exchange answers which packets came out at the other end.
func (b *bench) exchange(
	in int, head []byte, out int, packets []packet, reply bool,
) map[uint32]bool {
	b.t.Helper()
	seen := map[uint32]bool{}
	for part := range slices.Chunk(packets, 50) {
		last := b.barrier()
		for _, p := range append(slices.Clone(part), last) {
			kind := uint16(unix.ETH_P_IP)
			if p.from.Is6() {
				kind = unix.ETH_P_IPV6
			}
			frame := binary.BigEndian.AppendUint16(slices.Clone(head), kind)
			if _, err := unix.Write(in, append(frame, p.bytes(reply)...)); err != nil {
				b.t.Fatal(err)
			}
		}
		b.collect(out, seen, last.id)
	}
	return seen
}

func (b *bench) collect(out int, seen map[uint32]bool, last uint32) {
	b.t.Helper()
	for frame := make([]byte, 2048); !seen[last]; {
		size, err := unix.Read(out, frame)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			b.t.Fatalf("the packet that always passes did not come: %v", err)
		}
		mark := frame[max(size-markedBytes, 0):size]
		if len(mark) == markedBytes && binary.BigEndian.Uint32(mark) == packetMagic {
			seen[binary.BigEndian.Uint32(mark[4:])] = true
		}
	}
}
