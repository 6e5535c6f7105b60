//go:build linux

package systemdns

import (
	"slices"
	"strings"
)

// maxDomains is what systemd-resolved takes for one link.
const maxDomains = 256

// maxAppended bounds what is made before it is made smaller: a network chooses its search domains.
const maxAppended = 1 << 14

// routing lists the domains to send to our link. A program's resolver appends the search domains of
// other links to a name that was refused, so each domain of ours stands there with each of those,
// too. Where they are too many, parents take their place: the stub hands on what is not ours.
func routing(domains, searched []string) []string {
	all := map[string]bool{}
	if len(domains)*len(searched) > maxAppended {
		for _, suffix := range searched {
			all[suffix] = true
		}
		searched = nil
	}
	for _, domain := range domains {
		all[domain] = true
		if strings.HasSuffix(domain, ".arpa") {
			continue // nobody appends a search domain to these
		}
		for _, suffix := range searched {
			all[domain+"."+suffix] = true
		}
	}
	for len(all) > maxDomains && widen(all) {
	}
	list := make([]string, 0, len(all))
	for domain := range all {
		list = append(list, domain)
	}
	slices.Sort(list)
	return list
}

// widen replaces the longest domains by their parents; false when only short ones are left.
func widen(all map[string]bool) bool {
	longest := 0
	for domain := range all {
		longest = max(longest, strings.Count(domain, "."))
	}
	if longest < 2 {
		return false
	}
	for domain := range all {
		if strings.Count(domain, ".") == longest {
			delete(all, domain)
			_, parent, _ := strings.Cut(domain, ".")
			all[parent] = true
		}
	}
	return true
}
