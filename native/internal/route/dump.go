//go:build linux

package route

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// dumpRoutes hands over the routes of a table until it is told to stop: a router has a million of them,
// and our libraries read to the end.
func dumpRoutes(of numbered, wants func(raw []byte) bool) error {
	socket, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(socket) }()
	// A kernel that knows no such filter tells all tables, and the reader picks.
	_ = unix.SetsockoptInt(socket, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1)
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := unix.Sendto(socket, dumpRequest(of), 0, kernel); err != nil {
		return err
	}
	const roomBytes = 32 << 10
	room := make([]byte, roomBytes)
	for {
		size, from, err := unix.Recvfrom(socket, room, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if sender, is := from.(*unix.SockaddrNetlink); !is || sender.Pid != 0 {
			continue
		}
		if more, err := hand(room[:size], wants); err != nil || !more {
			return err
		}
	}
}

func dumpRequest(of numbered) []byte {
	const bytes, flags = unix.SizeofNlMsghdr + unix.SizeofRtMsg + 8, unix.NLM_F_REQUEST | unix.NLM_F_DUMP
	request := make([]byte, bytes)
	binary.NativeEndian.PutUint32(request, bytes)
	binary.NativeEndian.PutUint16(request[4:], unix.RTM_GETROUTE)
	binary.NativeEndian.PutUint16(request[6:], flags)
	request[unix.SizeofNlMsghdr] = of.family
	attribute := request[unix.SizeofNlMsghdr+unix.SizeofRtMsg:]
	binary.NativeEndian.PutUint16(attribute, 8)
	binary.NativeEndian.PutUint16(attribute[2:], unix.RTA_TABLE)
	binary.NativeEndian.PutUint32(attribute[4:], of.number)
	return request
}

// hand passes on the routes of one datagram; more tells whether another one comes.
func hand(datagram []byte, wants func(raw []byte) bool) (more bool, err error) {
	for len(datagram) >= unix.SizeofNlMsghdr {
		size := int(binary.NativeEndian.Uint32(datagram))
		if size < unix.SizeofNlMsghdr || size > len(datagram) {
			return false, fmt.Errorf("a message of %d bytes", size)
		}
		message := datagram[unix.SizeofNlMsghdr:size]
		switch binary.NativeEndian.Uint16(datagram[4:]) {
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			if len(message) >= 4 {
				if code := int32(binary.NativeEndian.Uint32(message)); code < 0 {
					return false, unix.Errno(-code)
				}
			}
			return false, nil
		case unix.RTM_NEWROUTE:
			if !wants(message) {
				return false, nil
			}
		}
		datagram = datagram[min((size+3)&^3, len(datagram)):]
	}
	return true, nil
}
