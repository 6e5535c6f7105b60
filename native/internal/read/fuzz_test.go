package read

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/strict"
)

// FuzzRequest: whatever is asked, only a reading program starts, and no word of the caller can be an
// option or a second command.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"what":"nft.chains"}`))
	f.Add([]byte(`{"what":"nft.chain","family":"inet","table":"sallyport","chain":"forward"}`))
	f.Add([]byte(`{"what":"nft.chain","family":"ip","table":"-f","chain":"a;flush ruleset"}`))
	f.Add([]byte(`{"what":"iptables.legacy"}`))
	programs := []string{
		"nft", "iptables-legacy-save", "ip6tables-legacy-save", "iptables-nft-save",
		"ip6tables-nft-save",
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var request Request
		if strict.Object(raw, 1<<12, func(f *strict.Fields) { request = Parse(f) }) != nil {
			return
		}
		if !slices.Contains(programs, request.program) {
			t.Fatalf("%s starts %q", raw, request.program)
		}
		for index, word := range request.args {
			own := index < 3 || word == "list tables; list chains"
			if !own && (strings.HasPrefix(word, "-") || strings.ContainsAny(word, " ;{}\n\"'")) {
				t.Fatalf("%s gives the word %q", raw, word)
			}
		}
	})
}
