//go:build linux

package systemdns

import (
	"net/netip"
	"slices"
	"testing"
)

// FuzzFile takes any resolv.conf over and gives it back.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"nameserver 192.0.2.53\nsearch corp.example\noptions ndots:2\n", "# made by NetworkManager\n",
		head + formerMark + "nameserver ::1\n", "nameserver 127.0.0.53", "nameserver fe80::1%eth0\n\x00\r\n",
	} {
		f.Add([]byte(text))
	}
	stub := []netip.Addr{netip.MustParseAddr("100.96.1.2")}
	f.Fuzz(func(t *testing.T, raw []byte) {
		found := parseFile(raw)
		taken := parseFile(found.ours(stub))
		if taken.writer != byUs || !slices.Equal(taken.lines, found.lines) {
			t.Fatalf("%q comes back as %q", found.lines, taken.lines)
		}
		if again := parseFile(taken.ours(stub)); !slices.Equal(again.lines, taken.lines) {
			t.Fatalf("%q comes back as %q the second time", taken.lines, again.lines)
		}
	})
}
