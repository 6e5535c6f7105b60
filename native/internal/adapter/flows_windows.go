package adapter

import (
	"fmt"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// tableOfConnections is TCP_TABLE_OWNER_PID_CONNECTIONS: those that stand, with their processes.
const tableOfConnections = 4

// maxTableTries is how often a table that grew meanwhile is asked for again.
const maxTableTries = 4

var extendedTable = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")

// InUse implements guard.Network. It knows connections of TCP alone.
func (a *Adapter) InUse(ending map[netip.Addr]bool) (map[netip.Addr]bool, error) {
	used := map[netip.Addr]bool{}
	for _, kind := range rows {
		table, err := kind.table()
		if err != nil {
			return used, err
		}
		for _, target := range kind.targets(table) {
			if ending[target] {
				used[target] = true
			}
		}
	}
	return used, nil
}

func (r row) table() ([]byte, error) {
	if err := extendedTable.Find(); err != nil {
		return nil, err
	}
	table, size := make([]byte, 1<<16), uint32(1<<16)
	for range maxTableTries {
		code, _, _ := extendedTable.Call(uintptr(unsafe.Pointer(&table[0])),
			uintptr(unsafe.Pointer(&size)), 0, uintptr(r.family), tableOfConnections, 0)
		switch syscall.Errno(code) {
		case 0:
			return table, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
			table = make([]byte, size)
		default:
			return nil, fmt.Errorf("connections: %w", syscall.Errno(code))
		}
	}
	return nil, fmt.Errorf("connections: %w", windows.ERROR_INSUFFICIENT_BUFFER)
}
