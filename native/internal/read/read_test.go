//go:build linux

package read_test

import (
	"encoding/json"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/read"
	"sallyport.dev/netd/internal/strict"
)

func parse(raw string) (read.Request, error) {
	var request read.Request
	err := strict.Object([]byte(raw), 1000, func(f *strict.Fields) { request = read.Parse(f) })
	return request, err
}

func chain(table, chain string) string {
	return `{"what":"nft.chain","family":"inet","table":"` + table + `","chain":"` + chain + `"}`
}

func TestOnlyTheClosedListIsRead(t *testing.T) {
	bad := map[string]string{
		"unknown":               `{"what":"shadow"}`,
		"a path":                `{"what":"/etc/shadow"}`,
		"surplus member":        `{"what":"nft.chains","table":"x"}`,
		"chain without table":   `{"what":"nft.chain","family":"inet","chain":"input"}`,
		"family that is none":   `{"what":"nft.chain","family":"all","table":"t","chain":"c"}`,
		"option for a name":     chain("-f", "/etc/shadow"),
		"long option":           chain("--file", "c"),
		"second command":        chain("t", "c; flush ruleset"),
		"space":                 chain("t", "c d"),
		"line end":              chain("t", `c\n`),
		"name of 65 characters": chain("t", strings.Repeat("c", 65)),
	}
	for name, raw := range bad {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(raw); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

func TestFirewallIsReadAsNftTellsIt(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	nstest.Run(t, "nft", "add", "table", "inet", "filter")
	nstest.Run(t, "nft", "add", "chain", "inet", "filter", "input",
		"{ type filter hook input priority 0; policy drop; }")
	for _, raw := range []string{`{"what":"nft.chains"}`, `{"what":"nft.ruleset"}`,
		chain("filter", "input")} {
		request, err := parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		result, err := request.Run(t.Context())
		if err != nil || result.ExitCode != 0 || !jsonLines(result.Raw) ||
			!strings.Contains(result.Raw, `"policy": "drop"`) || result.TookMs <= 0 {
			t.Fatalf("%s: %+v, %v", raw, result, err)
		}
	}
	absent, err := parse(chain("filter", "nothing"))
	if err != nil {
		t.Fatal(err)
	}
	if result, err := absent.Run(t.Context()); err != nil || result.ExitCode == 0 {
		t.Fatalf("%+v, %v", result, err)
	}
}

func jsonLines(text string) bool {
	for line := range strings.Lines(text) {
		if !json.Valid([]byte(line)) {
			return false
		}
	}
	return text != ""
}

// A dormant table keeps its chains in every listing, but the kernel runs none of them.
func TestTablesThatSleepAreToldWithTheChains(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	nstest.Run(t, "nft", "add", "table", "inet", "asleep", "{ flags dormant; }")
	nstest.Run(t, "nft", "add", "table", "inet", "awake")
	request, err := parse(`{"what":"nft.chains"}`)
	if err != nil {
		t.Fatal(err)
	}
	result, err := request.Run(t.Context())
	if err != nil || strings.Count(result.Raw, `"flags"`) != 1 || !jsonLines(result.Raw) {
		t.Fatalf("%+v, %v", result, err)
	}
}

func TestLegacyTablesAreNotReadWhereThereAreNone(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	for _, what := range []string{"iptables.legacy", "ip6tables.legacy"} {
		request, err := parse(`{"what":"` + what + `"}`)
		if err != nil {
			t.Fatal(err)
		}
		if result, err := request.Run(t.Context()); err != nil || result.Raw != "" ||
			result.ExitCode != 0 {
			t.Fatalf("%+v, %v", result, err)
		}
	}
}
