// Package nrpt makes Windows ask our stub about protected names, by rules of its name resolution policy
// table. Programs that ask by the system's own client obey it; a name under a rule goes to nobody else,
// also while nobody answers.
//
//	local    what programs may write; void where group policy has a rule
//	policy   what group policy writes; ours stand here too, as long as others' do
package nrpt

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"sallyport.dev/netd/internal/systemdns"
)

const (
	// prefix is what the names of our rules begin with; all others are somebody's.
	prefix = "Sallyport-"
	// maxDomains is what one rule holds; Windows says nowhere why.
	maxDomains = 50
)

// Stub is where the stub answers: an address of this machine alone, whatever its links do. A question
// to it never leaves the machine, also while nobody listens there.
var Stub = netip.AddrFrom4([4]byte{127, 83, 80, 53})

// rule is one entry: names with everything beneath, and who is asked about them.
type rule struct {
	name    string
	domains []string
	servers string
}

func (r rule) equal(other rule) bool {
	return r.name == other.name && r.servers == other.servers &&
		slices.Equal(r.domains, other.domains)
}

func isOurs(name string) bool {
	return len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// rulesOf splits what is wanted into rules, the same ones for the same names.
func rulesOf(wanted systemdns.Wanted) []rule {
	servers := []string{}
	for _, address := range wanted.Stub {
		servers = append(servers, address.String())
	}
	suffixes := []string{}
	for _, domain := range wanted.Domains {
		// With the dot in front: the name and everything beneath.
		suffixes = append(suffixes, "."+domain)
	}
	slices.Sort(suffixes)
	rules := []rule{}
	for part := range slices.Chunk(slices.Compact(suffixes), maxDomains) {
		rules = append(rules, rule{
			name: fmt.Sprintf("%s%d", prefix, len(rules)+1), domains: part,
			servers: strings.Join(servers, "; "),
		})
	}
	return rules
}

// held is one list as it was found.
type held struct {
	ours   []rule
	others int
}

// change is what makes the list hold these rules of ours; those of others stay.
func (h held) change(wanted []rule) (write []rule, remove []string) {
	for _, next := range wanted {
		if !slices.ContainsFunc(h.ours, next.equal) {
			write = append(write, next)
		}
	}
	for _, former := range h.ours {
		if !slices.ContainsFunc(wanted, func(next rule) bool { return next.name == former.name }) {
			remove = append(remove, former.name)
		}
	}
	return write, remove
}
