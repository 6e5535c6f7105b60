//go:build linux

package main

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

const (
	receiveBufferBytes = 64 << 20
	// Enough for headers of IPv6 and TCP and for a whole reverse name of IPv6.
	snapshotBytes = 256
)

// watch opens a packet socket on one interface and counts its packets, both directions, for the life
// of the process.
func watch(name string, count *tally) error {
	device, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	everything := uint16(unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8)
	// Protocol 0 receives nothing until the socket is bound to its one interface.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	// Root may exceed the system's limit; without it the kernel gives what it allows.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBufferBytes) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBufferBytes); err != nil {
			return err
		}
	}
	// A packet that waits counts in the buffer with all that it carries, 64 KiB at a stream's pace, unless
	// it is cut first.
	cut := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: snapshotBytes}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: 1, Filter: &cut}); err != nil {
		return err
	}
	address := unix.SockaddrLinklayer{Protocol: everything, Ifindex: device.Index}
	if err := unix.Bind(fd, &address); err != nil {
		return err
	}
	count.dropped = append(count.dropped, func() uint32 { return droppedBy(fd) })
	go read(name, fd, count)
	return nil
}

// droppedBy answers what the kernel could not hand over since it was asked last.
func droppedBy(fd int) uint32 {
	statistics, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		say(map[string]any{"error": err.Error()})
		return 1
	}
	return statistics.Drops
}

func read(name string, fd int, count *tally) {
	buffer := make([]byte, snapshotBytes)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			say(map[string]any{"error": fmt.Sprintf("%s: %v", name, err)})
			return
		}
		count.note(name, buffer[:n])
	}
}
