//go:build linux

package filter

import (
	"encoding/binary"
	"net/netip"

	"sallyport.dev/netd/internal/filter/atom"
)

// setOf names the set or map of a kind for the family of an address.
func setOf(kind string, address netip.Addr) string {
	if address.Is4() {
		return kind + "4"
	}
	return kind + "6"
}

// Keys and data as the kernel lays them out: each field padded to 4 bytes, ports in network order,
// a mark in the byte order of the host.

func liveKey(address netip.Addr) []byte { return address.AsSlice() }

func permitKey(key permit) []byte {
	const most = 16 + 4
	raw := append(make([]byte, 0, most), key.address.AsSlice()...)
	return binary.NativeEndian.AppendUint32(raw, uint32(key.id))
}

func protocolKey(address netip.Addr, proto uint8) []byte {
	return append(address.AsSlice(), proto, 0, 0, 0)
}

func portKey(address netip.Addr, proto uint8, port uint16) []byte {
	return append(binary.BigEndian.AppendUint16(protocolKey(address, proto), port), 0, 0)
}

func markOf(id atom.ID) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(id)) }

func readPermit(raw []byte) (permit, bool) {
	if len(raw) < 4 {
		return permit{}, false
	}
	address, ok := netip.AddrFromSlice(raw[:len(raw)-4])
	return permit{address, atom.ID(binary.NativeEndian.Uint32(raw[len(raw)-4:]))}, ok
}

// atomKey is a key of a map of atoms; without ports for protocols that have none.
type atomKey struct {
	address netip.Addr
	proto   uint8
	port    uint16
}

func readAtomKey(raw []byte, withPorts bool) (atomKey, bool) {
	key, size := atomKey{}, len(raw)-4
	if withPorts {
		size -= 4
	}
	if size < 0 {
		return key, false
	}
	var ok bool
	key.address, ok = netip.AddrFromSlice(raw[:size])
	if !ok {
		return key, false
	}
	key.proto = raw[size]
	if withPorts {
		key.port = binary.BigEndian.Uint16(raw[size+4:])
	}
	return key, true
}
