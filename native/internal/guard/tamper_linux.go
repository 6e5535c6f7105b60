package guard

import (
	"context"

	"sallyport.dev/netd/internal/route"
)

// Repair compares table, rules, unreachable routes and interface with what was applied, puts back
// what is missing and then reports it. It opens nothing that was not open.
func (d *Device) Repair(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.held()
	if p == nil {
		return
	}
	d.diversion.Tell(p.inside(), LinkName, d.emit, d.log)
	if damaged := d.damaged(*p); damaged != "" {
		d.putBack(ctx, *p, damaged)
	}
}

func (d *Device) damaged(p plan) string {
	if intact, err := d.table.Intact(); err != nil || !intact {
		return "nft"
	}
	// Where it could not be loaded, nobody took it away.
	if intact, err := d.silence.Intact(); d.silence.Loaded() && (err != nil || !intact) {
		return "arp"
	}
	if held, err := route.HoldRules(p.rules()); err != nil || !held {
		return "rules"
	}
	wanted := p.unreachable()
	if d.link != nil {
		if !d.link.InPlace() {
			return "link"
		}
		wanted = append(wanted, p.openRoutes()...)
	}
	if held, err := route.HoldRoutes(wanted); err != nil || !held {
		return "routes"
	}
	return ""
}
