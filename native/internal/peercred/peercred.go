// Package peercred asks the kernel who is at the other end of a local connection.
package peercred

// Peer is a local process as the kernel saw it when it connected.
type Peer struct {
	// UID is 0 for whoever administers the machine. Windows has no such numbers: there it is made of
	// the account's SID, the same one for the same account.
	UID uint64
	GID uint32
	PID int32
	// Account is the SID on Windows, empty elsewhere.
	Account string
}
