//go:build linux

package main

import (
	"net/netip"
	"testing"
)

func TestAdvertisementHoldsWholeOptions(t *testing.T) {
	message := advertisement([]netip.Prefix{
		netip.MustParsePrefix("fd50::10/128"), netip.MustParsePrefix("fd50::/64"),
	}, 600)
	kinds := []byte{}
	for rest := message[16:]; len(rest) > 0; rest = rest[int(rest[1])*8:] {
		kinds = append(kinds, rest[0])
	}
	if string(kinds) != string([]byte{
		routeInformation, resolvers, routeInformation, resolvers, prefixInformation, searchList,
	}) {
		t.Errorf("options %v", kinds)
	}
}
