//go:build linux

package route

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// crossing is a machine with our tunnel sp0, a way out by out0 that other tables lead to, and a bridge
// of containers; both families look alike.
func crossing(t *testing.T) []netip.Prefix {
	t.Helper()
	for _, line := range []string{
		"link add sp0 type veth peer name sp1", "link set sp0 up", "link set sp1 up",
		"link add out0 type veth peer name out1", "link set out0 up", "link set out1 up",
		"link add in0 type veth peer name in1", "link set in0 up", "link set in1 up",
		"addr add 100.96.1.2/32 dev sp0", "addr add fd96::102/128 dev sp0 nodad",
		"addr add 192.0.2.1/24 dev out0", "addr add 2001:db8::1/64 dev out0 nodad",
		"-4 route add default dev out0", "-6 route add default dev out0",
		"-4 route add default dev out0 table 100", "-6 route add default dev out0 table 100",
		"-4 route add local default dev lo table 101", "-6 route add local default dev lo table 101",
		"-4 route add 203.0.113.0/24 dev out0 table 102", "-6 route add 2001:db9::/64 dev out0 table 102",
		"-4 route add 10.50.7.0/24 dev out0 table 103", "-6 route add fd50:0:0:7::/64 dev out0 table 103",
		"-4 route add throw 10.50.0.0/16 table 104", "-6 route add throw fd50::/48 table 104",
		"-4 route add default dev out0 table 104", "-6 route add default dev out0 table 104",
		"-4 route add default table 105 nexthop dev sp0 nexthop dev out0",
		"-6 route add default table 105 nexthop via fe80::1 dev sp0 nexthop via fe80::1 dev out0",
		"-4 nexthop add id 4 dev out0", "-4 route add default nhid 4 table 106",
		"-6 nexthop add id 6 dev out0", "-6 route add default nhid 6 table 106",
		"-4 route add unreachable 10.50.0.0/16 metric 5 table 107",
		"-6 route add unreachable fd50::/48 metric 5 table 107",
		"-4 route add 10.50.0.0/16 dev out0 metric 10 table 107",
		"-6 route add fd50::/48 dev out0 metric 10 table 107",
		"-4 route add unreachable default tos 0x10 table 108", "-4 route add default dev out0 metric 9 table 108",
		"-6 route add unreachable default from fd17::/64 table 108", "-6 route add default dev out0 metric 9 table 108",
		"-4 route add default tos 0x10 dev out0 table 109", "-4 route add unreachable default table 109",
		"-6 route add default from fd17::/64 dev out0 table 109", "-6 route add unreachable default table 109",
		"-4 route add 10.50.0.0/16 dev sp0 table 5350", "-6 route add fd50::/48 dev sp0 table 5350",
		"-4 rule add pref 5354 to 10.50.0.0/16 lookup 5350", "-6 rule add pref 5354 to fd50::/48 lookup 5350",
	} {
		nstest.Run(t, "ip", strings.Fields(line)...)
	}
	nstest.Run(t, "sysctl", "-qw", "net.ipv4.conf.all.forwarding=1", "net.ipv6.conf.all.forwarding=1",
		"net.ipv4.conf.out0.forwarding=0", "net.ipv6.conf.in0.forwarding=0")
	return []netip.Prefix{netip.MustParsePrefix("10.50.0.0/16"), netip.MustParsePrefix("fd50::/48")}
}

// families gives the lines for both, with the addresses of the second in the place of the first's.
func families(lines []string) map[string][]string {
	six := strings.NewReplacer("10.50.7.0/24", "fd50:0:0:7::/64", "10.50.9.9", "fd50::99",
		"10.50.0.0/16", "fd50::/48", "100.96.1.2", "fd96::102",
		"192.0.2.1", "2001:db8::1", "0.0.0.0/1", "::/1", "172.17.0.0/16", "fdcc::/64", "203.0.113.0/24", "2001:db9::/64")
	found := map[string][]string{}
	for _, line := range lines {
		found["-4"] = append(found["-4"], line)
		found["-6"] = append(found["-6"], six.Replace(line))
	}
	return found
}

func TestEachRuleThatLeadsPastTheTunnelIsFound(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	prefixes := crossing(t)
	// What is told names the last rule of each case.
	for _, rules := range [][]string{
		{"pref 100 lookup 100"},
		{"pref 0 lookup 100"},
		{"pref 100 to 10.50.9.9 lookup main"},
		{"pref 100 from 172.17.0.0/16 lookup 100"},
		{"pref 100 from 100.96.1.2 lookup 100"},
		{"pref 100 from 0.0.0.0/1 lookup 100"},
		{"pref 100 not from 172.17.0.0/16 lookup 100"},
		{"pref 100 iif lo lookup 100"},
		{"pref 100 iif in0 lookup 100"},
		{"pref 100 uidrange 0-0 lookup main"},
		{"pref 100 ipproto tcp lookup 100"},
		{"pref 100 ipproto sctp lookup 100"},
		{"pref 100 ipproto udp sport 5000-5001 lookup 100"},
		{"pref 100 ipproto tcp dport 443 lookup main"},
		{"pref 100 tos 0x10 lookup 100"},
		{"pref 100 fwmark 0x1 lookup 100"},
		{"pref 100 fwmark 0x1/0xff lookup main"},
		{"pref 100 fwmark 0x53000000/0xff000000 lookup main", "pref 90 lookup 102"},
		{"pref 100 not fwmark 0xca6c lookup 100"},
		{"pref 100 not to 203.0.113.0/24 lookup 100"},
		{"pref 100 not iif in0 lookup 100"},
		{"pref 100 lookup 103"},
		{"pref 100 lookup 103 suppress_prefixlength 0"},
		{"pref 100 lookup 105"},
		{"pref 100 lookup 106"},
		{"pref 100 lookup 108"},
		{"pref 100 lookup 109"},
		{"pref 100 goto 32766"},
		{"pref 100 uidrange 0-0 goto 32766"},
		{"pref 200 lookup 100", "pref 90 goto 200", "pref 100 unreachable"},
		{"pref 100 lookup 100", "pref 90 fwmark 0x1 unreachable"},
		{"pref 100 lookup 100", "pref 90 to 10.50.9.9 unreachable"},
	} {
		for family, lines := range families(rules) {
			found := judged(t, family, lines, prefixes)
			pref := strings.Fields(lines[0])[1]
			if !strings.Contains(found, "leaves by out0: ip "+family+" pref "+pref+" ") {
				t.Errorf("%s %q: told %q", family, lines, found)
			}
		}
	}
}

func TestOrdinaryRulesOfOthersAreNoDiversion(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	prefixes := crossing(t)
	for name, rules := range map[string][]string{
		"nobody": {},
		"wg-quick, with no way of its own to what is ours": {
			"pref 5348 lookup main suppress_prefixlength 0", "pref 5349 not fwmark 0xca6c lookup 102"},
		"Tailscale": {
			"pref 5210 fwmark 0x80000/0xff0000 lookup main",
			"pref 5230 fwmark 0x80000/0xff0000 lookup default",
			"pref 5250 fwmark 0x80000/0xff0000 unreachable", "pref 5270 lookup 102"},
		"a transparent proxy":                      {"pref 100 fwmark 0x1 lookup 101"},
		"strongSwan":                               {"pref 220 lookup 220"},
		"a VRF":                                    {"pref 1000 l3mdev"},
		"who bound itself to a link":               {"pref 100 oif out0 lookup 100"},
		"a machine of two networks":                {"pref 100 from 192.0.2.1 lookup 100"},
		"other destinations":                       {"pref 100 to 203.0.113.0/24 lookup main"},
		"all but ours":                             {"pref 100 not to 10.50.0.0/16 lookup 100"},
		"a link that is not there":                 {"pref 100 iif gone0 lookup 100"},
		"nowhere":                                  {"pref 100 uidrange 0-0 unreachable"},
		"our own table":                            {"pref 100 ipproto tcp lookup 5350"},
		"our own table first":                      {"pref 90 to 10.50.0.0/16 lookup 5350", "pref 100 lookup 100"},
		"a table that leaves it to us":             {"pref 100 lookup 104"},
		"a table whose better route leads nowhere": {"pref 100 lookup 107"},
		"a jump over it":                           {"pref 90 goto 200", "pref 100 lookup 100", "pref 200 nop"},
		"a jump to nowhere":                        {"pref 90 goto 31000"},
		"behind ours":                              {"pref 5360 lookup 100"},
	} {
		for family, lines := range families(rules) {
			if found := judged(t, family, lines, prefixes); found != "" {
				t.Errorf("%s %s: told %q", family, name, found)
			}
		}
	}
}

// IPv4 forwards what comes in by a link where that link says so, and IPv6 where the whole machine does.
func TestARuleForForwardedPacketsCountsWhereTheyAreForwarded(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	prefixes := crossing(t)
	source, link, deaf := "pref 100 from 172.17.0.0/16 lookup 100", "pref 100 iif in0 lookup 100",
		"pref 100 iif out0 lookup 100"
	expect := func(family, line string, diverts bool) {
		t.Helper()
		found := judged(t, family, families([]string{line})[family], prefixes)
		if (found != "") != diverts {
			t.Errorf("%s %s: told %q", family, line, found)
		}
	}
	expect("-4", deaf, false)
	expect("-6", deaf, true)
	nstest.Run(t, "sysctl", "-qw", "net.ipv4.conf.all.forwarding=0", "net.ipv6.conf.all.forwarding=0")
	for _, line := range []string{source, link} {
		expect("-4", line, false)
		expect("-6", line, false)
	}
	nstest.Run(t, "sysctl", "-qw", "net.ipv4.conf.in0.forwarding=1", "net.ipv6.conf.in0.forwarding=1")
	expect("-4", source, true)
	expect("-4", link, true)
	expect("-6", source, false)
	expect("-6", link, false)
}

// judged gives the verdict while these rules stand.
func judged(t *testing.T, family string, lines []string, prefixes []netip.Prefix) string {
	t.Helper()
	change := func(verb string) {
		for _, line := range lines {
			nstest.Run(t, "ip", append([]string{family, "rule", verb}, strings.Fields(line)...)...)
		}
	}
	change("add")
	defer change("del")
	found, err := Diversion(prefixes, "sp0")
	if err != nil {
		t.Errorf("%s %q: %v", family, lines, err)
	}
	return found
}

// Whatever others write is judged in bounded time: what is too much is told instead.
func TestAFloodOfRulesAndRoutesIsToldInsteadOfJudged(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	prefixes := crossing(t)
	flood := func(many int, line func(int) string) {
		text := strings.Builder{}
		for number := range many {
			text.WriteString(line(number) + "\n")
		}
		file := filepath.Join(t.TempDir(), "batch")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		nstest.Run(t, "ip", "-batch", file)
	}
	expect := func(what, wanted string) {
		t.Helper()
		if found, err := Diversion(prefixes, "sp0"); found != wanted || err != nil {
			t.Errorf("%s: told %q, %v", what, found, err)
		}
	}
	flood(2*maxRules, func(number int) string {
		return fmt.Sprintf("rule add pref 100 to 203.0.%d.%d lookup main", number/250, number%250)
	})
	expect("rules for other destinations", "")
	flood(maxRules/4, func(number int) string {
		return fmt.Sprintf("rule add pref 101 to 10.50.%d.%d lookup 102", number/250, number%250)
	})
	expect("rules that lead nowhere", "")
	flood(maxRules, func(number int) string {
		return fmt.Sprintf("rule add pref 102 to 10.50.%d.%d lookup 102", number/250, number%250)
	})
	expect("more rules than are judged", errTooMany.Error())
	nstest.Run(t, "ip", "rule", "flush")
	nstest.Run(t, "ip", "rule", "add", "pref", "100", "lookup", "102")
	expect("a small table", "")
	flood(maxRoutes, func(number int) string {
		return fmt.Sprintf("route add 198.%d.%d.%d dev out0 table 102", number>>16, number>>8&255, number&255)
	})
	expect("a table with more routes than are read", errTooMany.Error())
}
