//go:build linux

package route

import (
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// userRange is the attribute FRA_UID_RANGE of the users 1000 to 1001.
var userRange = []byte{12, 0, unix.FRA_UID_RANGE, 0, 0xe8, 3, 0, 0, 0xe9, 3, 0, 0}

// FuzzRoutes: a datagram of the kernel with routes never harms.
func FuzzRoutes(f *testing.F) {
	f.Add(route4)
	f.Add(append(make([]byte, 4), route4...))
	inMain := slices.Clone(route4)
	inMain[unix.SizeofNlMsghdr+4], inMain[unix.SizeofNlMsghdr+unix.SizeofRtMsg+4] = Main, Main
	f.Add(inMain)
	f.Fuzz(func(t *testing.T, datagram []byte) {
		_, _ = hand(datagram, func(raw []byte) bool {
			if to, _, leads := decodeWay(raw, 2); to.IsValid() && to != to.Masked() || leads.throws && leads.link != 0 {
				t.Fatalf("%v by %+v", to, leads)
			}
			if route, found := ReadMainRoute(raw); found && route.To != route.To.Masked() {
				t.Fatalf("%+v", route)
			}
			if prefix, found := readInside(raw); found && !prefix.IsValid() {
				t.Fatalf("%+v", prefix)
			}
			return true
		})
	})
}

// route4 is default by the links 2 and 3 in table 105, and the end.
var route4 = slices.Concat(
	[]byte{76, 0, 0, 0, unix.RTM_NEWROUTE, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	[]byte{unix.AF_INET, 0, 0, 0, 105, 3, 0, unix.RTN_UNICAST, 0, 0, 0, 0},
	[]byte{8, 0, unix.RTA_TABLE, 0, 105, 0, 0, 0, 8, 0, unix.RTA_PRIORITY, 0, 5, 0, 0, 0},
	[]byte{12, 0, unix.RTA_DST, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	[]byte{20, 0, unix.RTA_MULTIPATH, 0, 8, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 3, 0, 0, 0},
	[]byte{20, 0, 0, 0, unix.NLMSG_DONE, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
)

// FuzzRule: bytes of the kernel never harm, and a rule that we could have written is read back.
func FuzzRule(f *testing.F) {
	for _, rule := range []Rule{
		{Family: unix.AF_INET, Priority: 5351, Action: Blackhole, Input: "spg0"},
		{Family: unix.AF_INET6, Priority: 5352, Action: LookUp, Table: Table, Mark: Mark,
			Mask: MarkMask, To: netip.MustParsePrefix("fd96::/48"), Source: Ports{53, 53}},
		{Family: unix.AF_INET, Priority: 5349, Action: LookUp, Table: 51820, Not: true, Mark: 0xca6c,
			Mask: 0xffffffff},
		{Family: unix.AF_INET, Priority: 100, Action: LookUp, Table: Main, Least: 1, Service: 0x10,
			Output: "eth0", Others: string(userRange)},
		{Family: unix.AF_INET6, Priority: 1000, Action: LookUp, Domain: true},
		{Family: unix.AF_INET6, Priority: 90, Action: GoTo, Target: 32766},
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
		j := judgement{rules: []Rule{rule}}
		for _, to := range []string{"10.50.0.0/16", "fd50::/48"} {
			if by, link, err := j.leaves(netip.MustParsePrefix(to)); link != 0 || err != nil {
				t.Fatalf("%s leads to a link by no table: %v", by, err)
			}
		}
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
			again.Action != rule.Action || again.Not != rule.Not || again.Least != rule.Least ||
			again.Target != rule.Target || again.Service != rule.Service ||
			again.Domain != rule.Domain || again.Output != rule.Output || again.Others != rule.Others {
			t.Fatalf("%+v came back as %+v", rule, again)
		}
	})
}
