package peercred

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// ofDescriptor reads SO_PEERCRED.
func ofDescriptor(fd int) (Peer, error) {
	credentials, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return Peer{}, err
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
