package stub

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What the system says of clients and their way, by its sockets and below them, and of too many open
// sockets.
var (
	path = []syscall.Errno{
		windows.WSAECONNREFUSED, windows.WSAECONNRESET, windows.WSAECONNABORTED,
		windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN, windows.WSAENETUNREACH, windows.WSAENETDOWN,
		windows.WSAENETRESET, windows.WSAEMSGSIZE, windows.ERROR_PORT_UNREACHABLE,
		windows.ERROR_NETNAME_DELETED, windows.ERROR_MORE_DATA,
	}
	full = []syscall.Errno{windows.WSAEMFILE, windows.WSAENOBUFS}
)
