//go:build linux

// Command sallyport-lab-ping sends echo requests to one address until one is answered or the time is
// over: exit 0 answered, 1 not. The lab uses it because small systems come without ping. It is no
// part of an installation.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const again = 200 * time.Millisecond

func main() {
	if len(os.Args) != 3 {
		usage()
	}
	address, err := netip.ParseAddr(os.Args[1])
	milliseconds, errTime := strconv.Atoi(os.Args[2])
	if err != nil || errTime != nil || milliseconds <= 0 {
		usage()
	}
	answered, err := ping(address, time.Duration(milliseconds)*time.Millisecond)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if !answered {
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: sallyport-lab-ping ADDRESS MILLISECONDS")
	os.Exit(2)
}

// ping uses a raw socket: the ping group of datagram sockets is closed in most namespaces.
func ping(address netip.Addr, limit time.Duration) (bool, error) {
	fd, request, answer, target, err := prepare(address)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	var last error
	for end := time.Now().Add(limit); time.Now().Before(end); {
		if err := unix.Sendto(fd, request, 0, target); err != nil {
			last = err
		}
		if waitForAnswer(fd, answer, address, time.Now().Add(again)) {
			return true, nil
		}
	}
	return false, last
}

func prepare(address netip.Addr) (int, []byte, byte, unix.Sockaddr, error) {
	identifier := uint16(os.Getpid())
	body := []byte{0, 0, 0, 0, byte(identifier >> 8), byte(identifier), 0, 1}
	if address.Is4() {
		body[0] = 8
		checksum := ^fold(uint32(8)<<8 + uint32(identifier) + 1)
		body[2], body[3] = byte(checksum>>8), byte(checksum)
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
		return fd, body, 0, &unix.SockaddrInet4{Addr: address.As4()}, err
	}
	body[0] = 128 // the kernel fills in the checksum of ICMPv6
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	return fd, body, 129, &unix.SockaddrInet6{Addr: address.As16()}, err
}

func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

func waitForAnswer(fd int, kind byte, from netip.Addr, until time.Time) bool {
	buffer := make([]byte, 512)
	for {
		left := time.Until(until)
		if left <= 0 {
			return false
		}
		timeout := unix.NsecToTimeval(left.Nanoseconds())
		if unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout) != nil {
			return false
		}
		n, sender, err := unix.Recvfrom(fd, buffer, 0)
		if err != nil {
			continue
		}
		if isAnswer(buffer[:n], sender, kind, from) {
			return true
		}
	}
}

// isAnswer checks sender, type and identifier; a raw IPv4 socket delivers the IP header too.
func isAnswer(bytes []byte, sender unix.Sockaddr, kind byte, from netip.Addr) bool {
	switch s := sender.(type) {
	case *unix.SockaddrInet4:
		header := int(bytes[0]&0x0f) * 4
		if netip.AddrFrom4(s.Addr) != from || len(bytes) < header+8 {
			return false
		}
		bytes = bytes[header:]
	case *unix.SockaddrInet6:
		if netip.AddrFrom16(s.Addr) != from || len(bytes) < 8 {
			return false
		}
	default:
		return false
	}
	identifier := uint16(os.Getpid())
	return bytes[0] == kind && bytes[4] == byte(identifier>>8) && bytes[5] == byte(identifier)
}
