package upstream

import (
	"errors"
	"fmt"
	"math/bits"
	"net"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// unicastInterface is IP_UNICAST_IF and IPV6_UNICAST_IF.
const unicastInterface = 31

// bind holds a question on its link: routes may go while it is repeated, and the default route
// would carry it outside.
func (w Way) bind(network, _ string, socket syscall.RawConn) error {
	if w.Link == "" {
		return nil
	}
	link, err := net.InterfaceByName(w.Link)
	if err != nil {
		return fmt.Errorf("link %s: %w", w.Link, err)
	}
	level, index := windows.IPPROTO_IPV6, uint32(link.Index)
	if !strings.HasSuffix(network, "6") {
		// In network order for this family alone.
		level, index = windows.IPPROTO_IP, bits.ReverseBytes32(index)
	}
	var bound error
	err = socket.Control(func(descriptor uintptr) {
		bound = windows.SetsockoptInt(windows.Handle(descriptor), level, unicastInterface,
			int(int32(index)))
	})
	return errors.Join(err, bound)
}
