package adapter

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// FuzzTargets reads any bytes as a table of connections: no more rows than are there.
func FuzzTargets(f *testing.F) {
	table := make([]byte, 4+24)
	binary.LittleEndian.PutUint32(table, 1)
	copy(table[4+12:], []byte{10, 50, 0, 10})
	f.Add(table)
	f.Add(binary.LittleEndian.AppendUint32(nil, 1<<31))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, table []byte) {
		for _, kind := range rows {
			if got := kind.targets(table); len(got)*kind.bytes > len(table) {
				t.Fatalf("%d targets in %d bytes", len(got), len(table))
			}
		}
	})
}

func TestTargetsOfATableOfConnections(t *testing.T) {
	table := make([]byte, 4+24)
	binary.LittleEndian.PutUint32(table, 9)
	copy(table[4+12:], []byte{10, 50, 0, 10})
	if got := rows[0].targets(table); !slices.Equal(got, []netip.Addr{netip.MustParseAddr("10.50.0.10")}) {
		t.Errorf("%v", got)
	}
}
