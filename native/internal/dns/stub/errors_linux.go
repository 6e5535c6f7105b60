package stub

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What the kernel says of clients and their way, and of too many open files.
var (
	path = []syscall.Errno{
		unix.ECONNREFUSED, unix.ECONNRESET, unix.ECONNABORTED, unix.EHOSTUNREACH, unix.EHOSTDOWN,
		unix.ENETUNREACH, unix.ENETDOWN, unix.EPROTO, unix.ENOPROTOOPT, unix.EMSGSIZE,
	}
	full = []syscall.Errno{unix.EMFILE, unix.ENFILE, unix.ENOBUFS}
)
