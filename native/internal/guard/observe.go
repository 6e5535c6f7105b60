package guard

import (
	"context"
	"errors"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Observe reads the kernel anew; what does not exist is absent, not an error.
func (d *Device) Observe(context.Context) (ports.DeviceObserved, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	observed := ports.DeviceObserved{Counters: map[string]uint64{}}
	var failures []error
	note := func(err error) {
		if err != nil {
			failures = append(failures, err)
		}
	}
	_, found, err := d.socket.TableComment(TableName)
	note(err)
	observed.Guard.Table = found
	if d.plan != nil {
		observed.Guard.Rules, err = route.HoldRules(d.plan.rules())
		note(err)
		if found {
			observed.Guard.Table, err = d.table.Intact()
			note(err)
		}
	} else {
		rules, err := route.Rules()
		note(err)
		observed.Guard.Rules = len(rules) > 0
	}
	if found {
		observed.Counters, err = d.socket.Counters(TableName)
		note(err)
	}
	if p := d.held(); p != nil {
		diversion, err := p.diversion()
		note(err)
		if diversion != "" {
			observed.Findings = []ports.Finding{{Kind: ports.RouteDiverted, Detail: diversion}}
		}
	}
	observed.Link, err = route.ObserveLink(LinkName)
	note(err)
	routes, err := route.Routes()
	note(err)
	for _, item := range routes {
		if item.Link != "" {
			observed.Routes = append(observed.Routes, item.To)
		}
	}
	if d.link != nil {
		state, err := d.link.Read()
		note(err)
		observed.Peers = state.Observed()
	}
	return observed, errors.Join(failures...)
}
