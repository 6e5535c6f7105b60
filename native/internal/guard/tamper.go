package guard

import (
	"context"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Repair compares table, rules, unreachable routes and interface with what was applied, puts back
// what is missing and then reports it. It opens nothing that was not open.
func (d *Device) Repair(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.plan == nil {
		return
	}
	damaged := d.damaged()
	if damaged == "" {
		return
	}
	steps := d.apply(ctx, *d.plan)
	d.emit(ports.Event{Name: "tampered", Fields: map[string]any{"what": damaged, "steps": steps}})
}

func (d *Device) damaged() string {
	if intact, err := d.table.Intact(); err != nil || !intact {
		return "nft"
	}
	if held, err := route.HoldRules(d.plan.rules()); err != nil || !held {
		return "rules"
	}
	wanted := d.plan.unreachable()
	if d.link != nil {
		if link, err := route.ObserveLink(LinkName); err != nil || link == nil {
			return "link"
		}
		wanted = append(wanted, d.plan.openRoutes()...)
	}
	if held, err := route.HoldRoutes(wanted); err != nil || !held {
		return "routes"
	}
	return ""
}
