package zone

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
)

func example() *Set[string] {
	s := NewSet[string]()
	for _, text := range []string{"git.corp.example", "*.corp.example", "*.apps.corp.example", "wiki"} {
		s.Add(ParsePattern(text), text)
	}
	return s
}

func TestTheMostSpecificPatternMatches(t *testing.T) {
	for name, want := range map[string]string{
		"git.corp.example": "git.corp.example", "x.corp.example": "*.corp.example",
		"a.b.corp.example": "*.corp.example", "a.apps.corp.example": "*.apps.corp.example",
		"apps.corp.example": "*.corp.example", "corp.example": "", "xcorp.example": "",
		"git.corp.example.evil.test": "", "wiki": "wiki", "": "", "example": "",
	} {
		got, found := example().Match(name)
		if found != (want != "") || found && got[0] != want {
			t.Errorf("%q: %v, %v", name, got, found)
		}
	}
}

func TestWhatWouldBetrayANameIsCoveredToo(t *testing.T) {
	for name, want := range map[string]bool{
		"corp.example": true, "_8443._https.git.corp.example": true, "x.wiki": true,
		"example": false, "corp.example.test": false, "notcorp.example": false,
	} {
		if _, got := example().Cover(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestEchoesOfASearchListAreKnown(t *testing.T) {
	for name, want := range map[string]bool{
		"git.corp.example.cafe.lan": true, "x.corp.example.lan": true, "git": true, "corp": false,
		"www.public.test": false, "git.cafe.lan": false, "corp.example.lan": true, "": false,
	} {
		if got := example().Echo(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestReversedReadsWhatReverseZonesWrites(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		raw := make([]byte, []int{4, 16}[random.IntN(2)])
		for index := range raw {
			raw[index] = byte(random.Uint32())
		}
		address, _ := netip.AddrFromSlice(raw)
		least := 8
		if address.Is6() {
			least = 24
		}
		prefix, _ := address.Prefix(least + random.IntN(address.BitLen()-least+1))
		zones := ReverseZones(prefix)
		for _, zone := range zones {
			back, ok := Reversed(zone)
			if !ok || !prefix.Contains(back.Addr()) || back.Bits() < prefix.Bits() {
				t.Fatalf("%s: %s reads as %s", prefix, zone, back)
			}
		}
		if slices.Sort(zones); len(slices.Compact(zones)) != 1<<(whole(prefix)-prefix.Bits()) {
			t.Fatalf("%s: %d zones", prefix, len(zones))
		}
	}
}

func whole(prefix netip.Prefix) int {
	step := 8
	if prefix.Addr().Is6() {
		step = 4
	}
	return (prefix.Bits() + step - 1) / step * step
}

func TestReverseZonesByHand(t *testing.T) {
	for prefix, want := range map[string][]string{
		"10.50.0.0/15":  {"50.10.in-addr.arpa", "51.10.in-addr.arpa"},
		"10.50.7.9/32":  {"9.7.50.10.in-addr.arpa"},
		"fd50:1::/32":   {"1.0.0.0.0.5.d.f.ip6.arpa"},
		"fd50:1::/31":   {"0.0.0.0.0.5.d.f.ip6.arpa", "1.0.0.0.0.5.d.f.ip6.arpa"},
		"10.0.0.0/8":    {"10.in-addr.arpa"},
		"10.127.0.0/16": {"127.10.in-addr.arpa"},
	} {
		if got := ReverseZones(netip.MustParsePrefix(prefix).Masked()); !slices.Equal(got, want) {
			t.Errorf("%s: %v", prefix, got)
		}
	}
	for _, name := range []string{"x.in-addr.arpa", "256.in-addr.arpa", "g.ip6.arpa", "10.in-addr.arpa.test"} {
		if got, ok := Reversed(name); ok {
			t.Errorf("%s reads as %s", name, got)
		}
	}
}
