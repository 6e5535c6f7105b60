package peercred

import (
	"errors"
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Of reads SO_PEERCRED.
func Of(conn net.Conn) (Peer, error) {
	local, ok := conn.(*net.UnixConn)
	if !ok {
		return Peer{}, errors.New("not a Unix socket")
	}
	raw, err := local.SyscallConn()
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
	return Peer{UID: uint64(credentials.Uid), GID: credentials.Gid, PID: credentials.Pid}, nil
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
