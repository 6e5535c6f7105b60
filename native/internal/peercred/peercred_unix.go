//go:build unix

package peercred

import (
	"errors"
	"net"
	"os/user"
	"strconv"
)

// Of asks the kernel who connected.
func Of(conn net.Conn) (Peer, error) {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return Peer{}, errors.New("not a Unix socket")
	}
	raw, err := local.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var peer Peer
	var optionErr error
	err = raw.Control(func(fd uintptr) { peer, optionErr = ofDescriptor(int(fd)) })
	return peer, errors.Join(err, optionErr)
}

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
