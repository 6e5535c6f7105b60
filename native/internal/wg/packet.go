//go:build linux

package wg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/kernel/sysctl"
)

// packetDevice stands in for a TUN where its device file is closed to this user: the tunnel
// interface is one end of a virtual cable, a packet socket holds the other. It persists like a TUN,
// but its carrier stays up when this process ends, so programs wait instead of failing at once.
//
//	programs -> sp0 ===cable=== sp0x <-> packet socket <-> WireGuard
type packetDevice struct {
	name    string
	file    *os.File
	toLocal [addressBytes]byte // address of the tunnel interface: frames to it go up the stack
	from    [addressBytes]byte
	events  chan tun.Event
	closing sync.Once
}

const (
	addressBytes         = 6
	ethernetHeader       = 14
	packetIgnoreOutgoing = 23 // linux/if_packet.h
)

// FarEnd names the other end of the cable of a tunnel interface, where there is one.
func FarEnd(name string) string { return name + "x" }

// openPacket creates the cable, or takes up the one that a former process left.
func openPacket(name string) (tun.Device, error) {
	near, far, err := ensureCable(name)
	if err != nil {
		return nil, fmt.Errorf("cable %s: %w", name, err)
	}
	descriptor, err := unix.Socket(unix.AF_PACKET,
		unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	// Only newer kernels know it; without it Read sees and skips our own frames.
	_ = unix.SetsockoptInt(descriptor, unix.SOL_PACKET, packetIgnoreOutgoing, 1)
	address := &unix.SockaddrLinklayer{
		Protocol: binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}), Ifindex: far.Attrs().Index,
	}
	if err := unix.Bind(descriptor, address); err != nil {
		_ = unix.Close(descriptor)
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	device := &packetDevice{
		name: name, file: os.NewFile(uintptr(descriptor), name), events: make(chan tun.Event, 4),
	}
	copy(device.toLocal[:], near.Attrs().HardwareAddr)
	copy(device.from[:], far.Attrs().HardwareAddr)
	device.events <- tun.EventUp
	return device, nil
}

func ensureCable(name string) (near, far netlink.Link, err error) {
	near, err = netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		attributes := netlink.NewLinkAttrs()
		attributes.Name = name
		err = netlink.LinkAdd(&netlink.Veth{LinkAttrs: attributes, PeerName: FarEnd(name)})
		if err == nil {
			near, err = netlink.LinkByName(name)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if far, err = netlink.LinkByName(FarEnd(name)); err != nil {
		return nil, nil, err
	}
	for _, end := range []string{name, FarEnd(name)} {
		// No link-local address, no router heard: the stack must say nothing of its own here.
		_ = sysctl.Ensure("ipv6/conf/"+end+"/addr_gen_mode", "1")
		_ = sysctl.Ensure("ipv6/conf/"+end+"/accept_ra", "0")
	}
	return near, far, errors.Join(
		netlink.LinkSetARPOff(near),
		netlink.LinkSetARPOff(far),
		// Whole packets with whole checksums must leave the stack: nobody below completes them.
		switchOff(name, ethtoolTxChecksum),
		switchOff(name, ethtoolScatter),
		netlink.LinkSetUp(far),
	)
}

// isCable tells whether an existing virtual cable is ours: its other end has our name.
func isCable(name string) bool {
	near, err := netlink.LinkByName(name)
	if err != nil {
		return false
	}
	far, err := netlink.LinkByName(FarEnd(name))
	return err == nil && near.Attrs().ParentIndex == far.Attrs().Index
}

// Read takes one packet; the Ethernet header lands in the room that WireGuard leaves in front.
func (p *packetDevice) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	if offset < ethernetHeader {
		return 0, errors.New("no room for a link header")
	}
	for {
		size, err := p.file.Read(buffers[0][offset-ethernetHeader:])
		if err != nil {
			return 0, err
		}
		frame := buffers[0][offset-ethernetHeader:]
		outgoing := [addressBytes]byte(frame[addressBytes:2*addressBytes]) == p.from
		kind := binary.BigEndian.Uint16(frame[2*addressBytes:])
		if size > ethernetHeader && !outgoing && (kind == unix.ETH_P_IP || kind == unix.ETH_P_IPV6) {
			sizes[0] = size - ethernetHeader
			return 1, nil
		}
	}
}

// Write hands packets to the tunnel interface.
func (p *packetDevice) Write(buffers [][]byte, offset int) (int, error) {
	if offset < ethernetHeader {
		return 0, errors.New("no room for a link header")
	}
	var failures []error
	for index, buffer := range buffers {
		if len(buffer) <= offset {
			continue
		}
		kind := uint16(unix.ETH_P_IP)
		if buffer[offset]>>4 == 6 {
			kind = unix.ETH_P_IPV6
		}
		frame := buffer[offset-ethernetHeader:]
		header := slices.Concat(p.toLocal[:], p.from[:], binary.BigEndian.AppendUint16(nil, kind))
		copy(frame, header)
		if _, err := p.file.Write(frame); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return index, err
			}
			failures = append(failures, err)
		}
	}
	return len(buffers), errors.Join(failures...)
}

// MTU is read anew: the interface may have been changed since.
func (p *packetDevice) MTU() (int, error) {
	link, err := netlink.LinkByName(p.name)
	if err != nil {
		return 0, err
	}
	return link.Attrs().MTU, nil
}

func (p *packetDevice) Name() (string, error)    { return p.name, nil }
func (p *packetDevice) File() *os.File           { return p.file }
func (p *packetDevice) Events() <-chan tun.Event { return p.events }
func (p *packetDevice) BatchSize() int           { return 1 }

func (p *packetDevice) Close() error {
	var err error
	p.closing.Do(func() {
		close(p.events)
		err = p.file.Close()
	})
	return err
}
