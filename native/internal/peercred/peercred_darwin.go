package peercred

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"
)

const solLocal = 0 // SOL_LOCAL of sys/un.h

// ofDescriptor reads LOCAL_PEERCRED and LOCAL_PEERPID.
func ofDescriptor(fd int) (Peer, error) {
	credentials, err := unix.GetsockoptXucred(fd, solLocal, unix.LOCAL_PEERCRED)
	if err != nil {
		return Peer{}, err
	}
	if credentials.Ngroups < 1 {
		return Peer{}, errors.New("the peer has no group")
	}
	pid, err := unix.GetsockoptInt(fd, solLocal, unix.LOCAL_PEERPID)
	if err != nil {
		return Peer{}, err
	}
	return Peer{UID: uint64(credentials.Uid), GID: credentials.Groups[0], PID: int32(pid)}, nil
}

// argumentCount is the length of the number that kern.procargs2 begins with.
const argumentCount = 4

// Executable is the program of the process, empty when it is gone or not ours to see. It is for
// people: a process may have replaced itself since it connected.
func (p Peer) Executable() string {
	arguments, err := unix.SysctlRaw("kern.procargs2", int(p.PID))
	if err != nil || len(arguments) <= argumentCount {
		return ""
	}
	path, _, _ := bytes.Cut(arguments[argumentCount:], []byte{0})
	return string(path)
}
