//go:build linux

package filter

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

func parsed(texts ...string) prefixes {
	list := prefixes{}
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func expectPrefixes(t *testing.T, got prefixes, want ...string) {
	t.Helper()
	if !slices.Equal(got, parsed(want...)) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPrefixesAgreeWithLookingAtEach(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	any := func() netip.Prefix {
		address := netip.AddrFrom4([4]byte{10, byte(random.IntN(4)), byte(random.IntN(4)), byte(random.IntN(256))})
		if random.IntN(3) == 0 {
			raw := [16]byte{0: 0xfd, 1: 0x50, 7: byte(random.IntN(4)), 15: byte(random.IntN(256))}
			return netip.PrefixFrom(netip.AddrFrom16(raw), 48+random.IntN(81)).Masked()
		}
		return netip.PrefixFrom(address, 8+random.IntN(25)).Masked()
	}
	for range 2000 {
		all := []netip.Prefix{}
		for range random.IntN(8) {
			all = append(all, any())
		}
		kept, asked := distinct(all), any()
		overlaps := slices.ContainsFunc(all, asked.Overlaps)
		covered := slices.ContainsFunc(all, func(one netip.Prefix) bool { return holds(one, asked) })
		if kept.overlaps(asked) != overlaps || kept.cover(asked) != covered {
			t.Fatalf("%v of %v, %v: overlaps %v, covers %v", asked, all, kept,
				kept.overlaps(asked), kept.cover(asked))
		}
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	targets := parsed("10.50.0.0/16", "10.60.0.0/16", "fd50::/48")
	found := parsed("10.0.0.0/8", "192.168.0.0/24")
	expectPrefixes(t, remembered(nil, found, targets), "10.0.0.0/8", "192.168.0.0/24")
	expectPrefixes(t, remembered(parsed("10.50.1.0/24"), found, targets), "10.0.0.0/8", "192.168.0.0/24")
	flood := prefixes{}
	for index := range rememberedAtMost + 1 {
		flood = append(flood, netip.MustParsePrefix(fmt.Sprintf("10.50.%d.%d/32", index/128, index%128*2)))
	}
	// More than is kept one by one: the whole target counts, and no other one.
	expectPrefixes(t, remembered(parsed("192.168.0.0/24"), flood, targets), "10.50.0.0/16")
	elsewhere := prefixes{}
	for index := range rememberedAtMost {
		elsewhere = append(elsewhere, netip.MustParsePrefix(fmt.Sprintf("172.16.%d.%d/32", index/128, index%128*2)))
	}
	// What no target needs any more goes first.
	expectPrefixes(t, remembered(elsewhere, parsed("10.60.7.0/24"), targets), "10.60.7.0/24")
}
