//go:build linux

package main

import (
	"encoding/binary"
	"net/netip"
)

const (
	protocolUDP    = 17
	protocolICMPv6 = 58
	routerAdvert   = 134
)

// packet holds the few fields of an IP packet that tell a leak from a tunnel packet.
type packet struct {
	source, destination netip.Addr
	protocol            byte
	sourcePort, port    uint16
	payload             []byte
	isAdvert            bool // of a router, which says what it likes
}

// parse reads a packet that starts at its IP header; false for anything that is not IP.
func parse(bytes []byte) (packet, bool) {
	if len(bytes) == 0 {
		return packet{}, false
	}
	switch bytes[0] >> 4 {
	case 4:
		return parse4(bytes)
	case 6:
		return parse6(bytes)
	}
	return packet{}, false
}

func parse4(bytes []byte) (packet, bool) {
	header := int(bytes[0]&0x0f) * 4
	if len(bytes) < 20 || header < 20 || len(bytes) < header {
		return packet{}, false
	}
	p := packet{protocol: bytes[9]}
	p.source, _ = netip.AddrFromSlice(bytes[12:16])
	p.destination, _ = netip.AddrFromSlice(bytes[16:20])
	firstFragment := binary.BigEndian.Uint16(bytes[6:8])&0x1fff == 0
	if firstFragment {
		p.readPorts(bytes[header:])
	}
	return p, true
}

func parse6(bytes []byte) (packet, bool) {
	if len(bytes) < 40 {
		return packet{}, false
	}
	p := packet{protocol: bytes[6]}
	p.source, _ = netip.AddrFromSlice(bytes[8:24])
	p.destination, _ = netip.AddrFromSlice(bytes[24:40])
	p.readPorts(bytes[40:])
	p.isAdvert = p.protocol == protocolICMPv6 && len(bytes) > 40 && bytes[40] == routerAdvert
	return p, true
}

func (p *packet) readPorts(transport []byte) {
	if p.protocol != protocolUDP || len(transport) < 8 {
		return
	}
	p.sourcePort = binary.BigEndian.Uint16(transport[0:2])
	p.port = binary.BigEndian.Uint16(transport[2:4])
	p.payload = transport[8:]
}

// isWireGuard goes by the port and the message header: type 1 to 4 and three zero bytes.
func (p packet) isWireGuard(port uint16) bool {
	if p.protocol != protocolUDP || (p.sourcePort != port && p.port != port) || len(p.payload) < 4 {
		return false
	}
	kind := p.payload[0]
	return kind >= 1 && kind <= 4 && p.payload[1] == 0 && p.payload[2] == 0 && p.payload[3] == 0
}
