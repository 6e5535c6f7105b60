package zone

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	suffix4 = ".in-addr.arpa"
	suffix6 = ".ip6.arpa"
)

// Reversed reads the prefix that a name below in-addr.arpa or ip6.arpa stands for: a whole address,
// or the part of one that a zone cut names. False for other names and malformed ones.
func Reversed(name string) (netip.Prefix, bool) {
	if rest, found := strings.CutSuffix(name, suffix4); found {
		return reversed4(strings.Split(rest, "."))
	}
	if rest, found := strings.CutSuffix(name, suffix6); found {
		return reversed6(strings.Split(rest, "."))
	}
	return netip.Prefix{}, false
}

func reversed4(labels []string) (netip.Prefix, bool) {
	// RFC 2317 puts labels of its own in front of the four numbers.
	if len(labels) > 4 {
		labels = labels[len(labels)-4:]
	}
	slices.Reverse(labels)
	var bytes [4]byte
	for index, label := range labels {
		number, err := strconv.ParseUint(label, 10, 8)
		if err != nil {
			return netip.Prefix{}, false
		}
		bytes[index] = byte(number)
	}
	return netip.PrefixFrom(netip.AddrFrom4(bytes), 8*len(labels)), true
}

func reversed6(labels []string) (netip.Prefix, bool) {
	if len(labels) > 32 {
		labels = labels[len(labels)-32:]
	}
	slices.Reverse(labels)
	digits := strings.Join(labels, "")
	if len(digits) != len(labels) {
		return netip.Prefix{}, false
	}
	raw, err := hex.DecodeString(digits + strings.Repeat("0", 32-len(digits)))
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(netip.AddrFrom16([16]byte(raw)), 4*len(digits)), true
}

// maxZones bounds how many reverse zones stand for one prefix.
const maxZones = 128

// ReverseZones names the zones below in-addr.arpa or ip6.arpa that hold exactly the prefix.
func ReverseZones(prefix netip.Prefix) []string {
	step := 8
	if prefix.Addr().Is6() {
		step = 4
	}
	whole := (prefix.Bits() + step - 1) / step * step
	zones := []string{}
	address := prefix.Masked().Addr()
	for count := 1 << (whole - prefix.Bits()); count > 0 && len(zones) < maxZones; count-- {
		zones = append(zones, zoneOf(netip.PrefixFrom(address, whole)))
		address = following(address, whole)
	}
	return zones
}

func zoneOf(prefix netip.Prefix) string {
	labels := []string{}
	raw := prefix.Addr().AsSlice()
	if prefix.Addr().Is4() {
		for _, value := range raw[:prefix.Bits()/8] {
			labels = append(labels, strconv.Itoa(int(value)))
		}
		slices.Reverse(labels)
		return strings.Join(labels, ".") + suffix4
	}
	for _, digit := range fmt.Sprintf("%x", raw)[:prefix.Bits()/4] {
		labels = append(labels, string(digit))
	}
	slices.Reverse(labels)
	return strings.Join(labels, ".") + suffix6
}

// following is the first address after the prefix of this length that begins at address.
func following(address netip.Addr, bits int) netip.Addr {
	raw := address.AsSlice()
	carry := 1 << ((8 - bits%8) % 8)
	for index := (bits - 1) / 8; index >= 0 && carry > 0; index-- {
		sum := int(raw[index]) + carry
		raw[index], carry = byte(sum), sum>>8
	}
	next, _ := netip.AddrFromSlice(raw)
	return next
}
