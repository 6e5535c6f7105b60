package nrpt

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/systemdns"
)

func wanted(domains ...string) systemdns.Wanted {
	return systemdns.Wanted{Link: "Sallyport", Stub: []netip.Addr{Stub}, Domains: domains}
}

func TestANameStandsForItselfAndEverythingBeneath(t *testing.T) {
	rules := rulesOf(wanted("wiki.corp.example", "10.in-addr.arpa", "wiki.corp.example", "corp"))
	want := rule{name: "Sallyport-1", servers: "127.83.80.53",
		domains: []string{".10.in-addr.arpa", ".corp", ".wiki.corp.example"}}
	if len(rules) != 1 || !rules[0].equal(want) {
		t.Fatal(rules)
	}
}

func TestNoRuleHoldsMoreThanWindowsObeys(t *testing.T) {
	domains := []string{}
	for index := range 120 {
		domains = append(domains, fmt.Sprintf("name-%03d.corp.example", index))
	}
	rules := rulesOf(wanted(domains...))
	sizes, all := []int{}, []string{}
	for _, rule := range rules {
		sizes = append(sizes, len(rule.domains))
		all = append(all, rule.domains...)
	}
	if !slices.Equal(sizes, []int{50, 50, 20}) || len(slices.Compact(all)) != 120 {
		t.Fatal(sizes)
	}
	if rules := rulesOf(wanted()); len(rules) != 0 {
		t.Fatal(rules)
	}
}

func TestOnlyWhatDiffersIsWrittenAndOnlyOursIsRemoved(t *testing.T) {
	before := rulesOf(wanted("a.example"))
	if write, remove := (held{ours: before, others: 3}).change(before); write != nil || remove != nil {
		t.Fatal(write, remove)
	}
	stale := append(slices.Clone(before), rule{name: "Sallyport-2", domains: []string{".b.example"}})
	next := rulesOf(wanted("c.example"))
	write, remove := held{ours: stale}.change(next)
	if len(write) != 1 || !write[0].equal(next[0]) || !slices.Equal(remove, []string{"Sallyport-2"}) {
		t.Fatal(write, remove)
	}
	if write, remove := (held{ours: stale}).change(nil); write != nil || len(remove) != 2 {
		t.Fatal(write, remove)
	}
}

func TestRulesOfOthersAreNotOurs(t *testing.T) {
	for name, ours := range map[string]bool{
		"Sallyport-1": true, "SALLYPORT-12": true, "Sallyport-": false, "Sallyport": false,
		"{5abe529b-675b-4486-8459-25a634dacc23}": false, "OpenVPNDNSRouting-0": false,
	} {
		if isOurs(name) != ours {
			t.Error(name)
		}
	}
}
