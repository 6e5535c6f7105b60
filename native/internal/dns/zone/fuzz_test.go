package zone

import (
	"slices"
	"testing"
)

// FuzzReversed: a name stands for a whole prefix or for none, and the zones of that prefix lead back to it.
func FuzzReversed(f *testing.F) {
	for _, name := range []string{
		"10.0.50.10.in-addr.arpa", "a.b.c.10.0.50.10.in-addr.arpa", "50.10.in-addr.arpa", ".in-addr.arpa",
		"1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "ab..ip6.arpa", "wiki.corp.example", "999.in-addr.arpa",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		prefix, found := Reversed(name)
		if !found {
			return
		}
		if !prefix.IsValid() || prefix != prefix.Masked() {
			t.Fatalf("%q is read as %s", name, prefix)
		}
		if prefix.Bits() == 0 {
			return
		}
		zones := ReverseZones(prefix)
		back, again := Reversed(zones[0])
		if len(zones) != 1 || !again || back != prefix {
			t.Fatalf("%q is %s, whose zones are %q", name, prefix, zones)
		}
	})
}

// FuzzCover: a name of ours is also covered, and so is whatever stands below a wildcard of ours.
func FuzzCover(f *testing.F) {
	f.Add("wiki.corp.example", "a.corp.example")
	f.Add("*.corp.example", "corp.example")
	f.Add("*.", "..")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		const maxName = 253 // of DNS: no longer one reaches this package
		if len(pattern) > maxName || len(name) > maxName {
			return
		}
		set := NewSet[string]()
		parsed := ParsePattern(pattern)
		set.Add(parsed, pattern)
		held, ours := set.Match(name)
		if ours && !slices.Equal(held, []string{pattern}) {
			t.Fatalf("%q of %q leads to %q", name, pattern, held)
		}
		if _, covered := set.Cover(name); ours && !covered {
			t.Fatalf("%q matches %q and is not covered", name, pattern)
		}
		if _, below := set.Match(name + "." + parsed.Name); below != parsed.Wildcard && name != "" {
			t.Fatalf("%q below %q: %v", name, pattern, below)
		}
		_ = set.Echo(name)
	})
}
