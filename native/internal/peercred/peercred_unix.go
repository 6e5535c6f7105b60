//go:build unix

package peercred

import (
	"net"
	"os/user"
	"strconv"
)

// OfServer tells who serves the other end of a connection that we opened.
func OfServer(conn net.Conn) (Peer, error) { return Of(conn) }

// UserName is the account's name, or its number where the account has none.
func (p Peer) UserName() string {
	uid := strconv.FormatUint(p.UID, 10)
	account, err := user.LookupId(uid)
	if err != nil {
		return uid
	}
	return account.Username
}
