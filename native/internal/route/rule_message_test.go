//go:build linux

package route

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// As Linux 6.18 tells them.
func TestRulesAreReadWithAllTheirSelectors(t *testing.T) {
	for raw, wanted := range map[string]string{
		"02201010640000011200000008000f006400000008000e000000000005001500000000000700" +
			"03006c6f0000090011006574683000000000080006006400000008000a000100000008001000" +
			"ff0000000c001400e8030000e9030000080017008813891308001800bb01bb0106001d00ffff" +
			"0000050016000600000008000d0007000000080001000a32090908000200ac110000": "-4 pref 100 not from " +
			"172.17.0.0/16 to 10.50.9.9/32 tos 0x10 iif lo oif eth0 fwmark 0x1/0xff ipproto 6 " +
			"sport 5000-5001 dport 443-443 uidrange 1000-1001 suppress_ifgroup 0x07000000 lookup 100 " +
			"suppress_prefixlength 0",
		"02000000000000020000000008000f000000000008000e00ffffffff05001500000000000800" +
			"06005a00000008000400fe7f0000": "-4 pref 90 goto 32766",
		"02000000000000010000000008000f000000000008000e00ffffffff05001500000000000800" +
			"0600500000000500130001000000": "-4 pref 80 l3mdev",
		"02000000000000080000000008000f000000000008000e00ffffffff05001500000000000800" +
			"060046000000": "-4 pref 70 prohibit",
		"02000000090000010000000008000f000900000008000e00ffffffff05001500000000000800" +
			"06003c0000000c000c000000000000000007": "-4 pref 60 tun_id 0x0000000000000007 lookup 9",
		"02000000fc0000010000000008000f00e614000008000e00ffffffff05001500000000000700" +
			"03006c6f000008000600e8140000080017003500350006001c00ffff00000500160011000000": "-4 pref 5352 " +
			"iif lo ipproto 17 sport 53-53 lookup 5350",
	} {
		message, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		rule, err := decodeRule(message)
		if err != nil || rule.String() != wanted {
			t.Errorf("read %q, %v; wanted %q", rule, err, wanted)
		}
		attributes, err := encodeRule(rule)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := decodeRule(slices.Concat(ruleHeader(rule), attributes)); again != rule {
			t.Errorf("written and read again: %q, %v; wanted %q", again, err, wanted)
		}
	}
}

// A lock that was narrowed in place is no lock, though all that we write by is still there.
func TestANarrowedCopyOfOurRuleIsSeenAndReplaced(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	wanted := exampleRules()[3:4]
	for _, narrowed := range []string{
		"uidrange 0-0", "not", "oif lo", "tos 0x10", "suppress_prefixlength 31", "suppress_ifgroup 7",
	} {
		if err := ReconcileRules(wanted); err != nil {
			t.Fatal(err)
		}
		nstest.Run(t, "ip", "rule", "del", "pref", "5354")
		line := "rule add pref 5354 to 10.50.0.0/16 lookup 5350 " + narrowed
		if narrowed == "not" {
			line = "rule add not pref 5354 to 10.50.0.0/16 lookup 5350"
		}
		nstest.Run(t, "ip", strings.Fields(line)...)
		if held, err := HoldRules(wanted); held || err != nil {
			t.Errorf("%s: seen as ours: %v", narrowed, err)
		}
		if err := ReconcileRules(wanted); err != nil {
			t.Errorf("%s: %v", narrowed, err)
		}
		if held, err := HoldRules(wanted); !held || err != nil {
			t.Errorf("%s: not replaced: %v", narrowed, err)
		}
	}
}
