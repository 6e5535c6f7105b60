package upstream

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// bind holds a question on its link: routes may go while it is repeated, and the default route
// would carry it outside. It needs no capability since Linux 5.7; before, nothing is asked.
func (w Way) bind(_, _ string, socket syscall.RawConn) error {
	if w.Link == "" {
		return nil
	}
	var bound error
	err := socket.Control(func(descriptor uintptr) {
		bound = unix.BindToDevice(int(descriptor), w.Link)
	})
	return errors.Join(err, bound)
}
