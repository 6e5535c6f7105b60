//go:build linux

package route

import (
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// FuzzRule: bytes of the kernel never harm, and a rule that we could have written is read back.
func FuzzRule(f *testing.F) {
	for _, rule := range []Rule{
		{Family: unix.AF_INET, Priority: 5351, Action: Blackhole, Input: "spg0"},
		{Family: unix.AF_INET6, Priority: 5352, Action: LookUp, Table: Table, Mark: Mark,
			Mask: MarkMask, To: netip.MustParsePrefix("fd96::/48"), Source: Ports{53, 53}},
	} {
		attributes, err := encodeRule(rule)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(ruleHeader(rule), attributes...))
	}
	f.Add(make([]byte, 11))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = ConcernsUs(raw)
		rule, err := decodeRule(raw)
		if err != nil {
			return
		}
		_ = rule.String()
		attributes, err := encodeRule(rule)
		if err != nil {
			return // a name with a zero byte, which no interface has
		}
		again, err := decodeRule(append(ruleHeader(rule), attributes...))
		if err != nil {
			t.Fatalf("%+v is not read back: %v", rule, err)
		}
		if rule.Mask != 0 && (again.Mark != rule.Mark || again.Mask != rule.Mask) {
			t.Fatalf("%+v came back as %+v", rule, again)
		}
		// An address of no length we know is no destination.
		if again.Priority != rule.Priority || (rule.To.IsValid() && again.To != rule.To) ||
			again.Action != rule.Action {
			t.Fatalf("%+v came back as %+v", rule, again)
		}
	})
}
