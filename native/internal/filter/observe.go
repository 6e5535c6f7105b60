package filter

import (
	"context"
	"errors"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Observe reads the kernel anew; what does not exist is absent, not an error.
func (g *Gateway) Observe(context.Context) (ports.GatewayObserved, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	observed := ports.GatewayObserved{Counters: map[string]uint64{}}
	var failures []error
	note := func(err error) {
		if err != nil {
			failures = append(failures, err)
		}
	}
	_, found, err := g.socket.TableComment(TableName)
	note(err)
	observed.Guard.Table = found
	if g.desired != nil {
		observed.Guard.Rules, err = route.HoldRules(lockRules(g.desired.Gateway))
		note(err)
		if found {
			observed.Guard.Table, err = g.table.Intact()
			note(err)
		}
	} else {
		rules, err := route.Rules()
		note(err)
		observed.Guard.Rules = len(rules) > 0
	}
	if found {
		observed.Counters, err = g.socket.Counters(TableName)
		note(err)
		held, err := g.readElements()
		note(err)
		observed.Live, observed.Grants = held.live, len(held.permits)
	}
	drops, err := g.socket.ForwardDrops(route.Mark, TableName)
	note(err)
	for _, drop := range drops {
		observed.Findings = append(observed.Findings,
			ports.Finding{Kind: ports.ForwardDropped, Detail: drop.String()})
	}
	observed.Link, err = route.ObserveLink(LinkName)
	note(err)
	routes, err := route.Routes()
	note(err)
	for _, item := range routes {
		observed.Routes = append(observed.Routes, item.To)
	}
	if g.link != nil {
		state, err := g.link.Read()
		note(err)
		observed.Peers = state.Observed()
	}
	return observed, errors.Join(failures...)
}
