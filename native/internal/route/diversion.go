//go:build linux

package route

import (
	"net/netip"
	"slices"
	"strings"
)

// Diversion asks the kernel where it would send one address of each prefix, and of each part of one
// that a rule before ours names. It tells the first that would leave by another interface than ours,
// with those rules; "" when all lead there or nowhere.
func Diversion(prefixes []netip.Prefix, own string) (string, error) {
	rules, err := RulesBeforeOurs()
	if err != nil || len(rules) == 0 {
		return "", err
	}
	for _, prefix := range slices.Concat(namedBy(rules, prefixes), prefixes) {
		link, err := leavesBy(prefix, own)
		if err != nil {
			return "", err
		}
		if link == "" {
			continue
		}
		// Anew: the rule that diverts may have come since.
		if rules, err = RulesBeforeOurs(); err != nil {
			return "", err
		}
		texts := []string{}
		for _, rule := range rules {
			texts = append(texts, "ip "+rule.String())
		}
		return prefix.String() + " leaves by " + link + ": " + strings.Join(texts, "; "), nil
	}
	return "", nil
}

// namedBy are the parts of these prefixes that rules name.
func namedBy(rules []Rule, prefixes []netip.Prefix) []netip.Prefix {
	parts := []netip.Prefix{}
	for _, rule := range rules {
		for _, prefix := range prefixes {
			if rule.To.IsValid() && rule.To.Bits() > prefix.Bits() && prefix.Contains(rule.To.Addr()) {
				parts = append(parts, rule.To)
			}
		}
	}
	return parts
}

// leavesBy names another interface than ours that leads to the prefix. Its first address is no host
// where it is a network, and the second one may be this machine's own.
func leavesBy(prefix netip.Prefix, own string) (string, error) {
	first := prefix.Addr()
	for _, address := range []netip.Addr{first, first.Next(), first.Next().Next()} {
		if !prefix.Contains(address) || address == first && !prefix.IsSingleIP() {
			continue
		}
		link, err := LinkTo(address)
		if err != nil || link != "" && link != own && link != "lo" {
			return link, err
		}
	}
	return "", nil
}
