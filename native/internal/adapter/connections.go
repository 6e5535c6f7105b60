package adapter

import (
	"encoding/binary"
	"net/netip"
)

// Families as Windows numbers them.
const (
	familyV4 = 2
	familyV6 = 23
)

// row is where a row of MIB_TCPTABLE_OWNER_PID, or of its twin for IPv6, has its target.
type row struct {
	family              uint32
	bytes, remote, size int
}

var rows = []row{
	{family: familyV4, bytes: 24, remote: 12, size: 4},
	{family: familyV6, bytes: 56, remote: 24, size: 16},
}

// targets reads the number of rows and each row's target.
func (r row) targets(table []byte) []netip.Addr {
	const countBytes = 4
	if len(table) < countBytes {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(table))
	found := []netip.Addr{}
	for index := range min(count, (len(table)-countBytes)/r.bytes) {
		start := countBytes + index*r.bytes + r.remote
		if address, known := netip.AddrFromSlice(table[start : start+r.size]); known {
			found = append(found, address)
		}
	}
	return found
}
