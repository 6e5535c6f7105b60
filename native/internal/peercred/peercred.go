// Package peercred asks the kernel who is at the other end of a Unix socket.
package peercred

import (
	"net"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// Peer is a local process as the kernel saw it at connect time.
type Peer struct {
	UID uint32
	GID uint32
	PID int32
}

// Of reads SO_PEERCRED.
func Of(conn *net.UnixConn) (Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return Peer{}, err
	}
	var credentials *unix.Ucred
	var optionErr error
	err = raw.Control(func(fd uintptr) {
		credentials, optionErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil {
		return Peer{}, err
	}
	if optionErr != nil {
		return Peer{}, optionErr
	}
	return Peer{UID: credentials.Uid, GID: credentials.Gid, PID: credentials.Pid}, nil
}

// UserName is the account's name, or its number where the account has none.
func (p Peer) UserName() string {
	uid := strconv.FormatUint(uint64(p.UID), 10)
	account, err := user.LookupId(uid)
	if err != nil {
		return uid
	}
	return account.Username
}

// Executable is the program of the process, empty when it is gone or not ours to see. It is for
// people: a process may have replaced itself since it connected.
func (p Peer) Executable() string {
	path, err := os.Readlink("/proc/" + strconv.Itoa(int(p.PID)) + "/exe")
	if err != nil {
		return ""
	}
	return path
}
