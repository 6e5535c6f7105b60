//go:build linux

package guard

import (
	"strings"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// tellDiversion reports once that rules of others send protected addresses elsewhere. The filter
// still closes them; the tunnel is cut, and only people can mend it.
func (d *Device) tellDiversion(p plan) {
	found, err := p.diversion()
	if err != nil {
		d.log.Warn("routing cannot be asked", "detail", err.Error())
		return
	}
	if found != "" && found != d.diversion {
		d.emit(ports.Event{Name: "tampered", Fields: map[string]any{
			"what": "diverted", "detail": found,
		}})
	}
	d.diversion = found
}

// diversion asks the kernel where it would send one address of each protected prefix, and names the
// first that would leave by another interface, with the rules that stand before ours.
func (p plan) diversion() (string, error) {
	rules, err := route.RulesBeforeOurs()
	if err != nil || len(rules) == 0 {
		return "", err
	}
	for _, prefix := range p.protected {
		link, err := route.LinkTo(inside(prefix))
		if err != nil {
			return "", err
		}
		if link == "" || link == LinkName || link == "lo" {
			continue
		}
		// Anew: the rule that diverts may have come since.
		if rules, err = route.RulesBeforeOurs(); err != nil {
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
