package filter

import (
	"context"
	"errors"

	"sallyport.dev/netd/internal/observation"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Observe reads the kernel anew; what does not exist is absent, not an error.
func (g *Gateway) Observe(context.Context) (ports.GatewayObserved, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	side := observation.Side{Socket: g.socket, Table: g.table, TableName: TableName,
		LinkName: LinkName, Link: g.link}
	if g.desired != nil {
		side.Rules = lockRules(g.desired.Gateway)
	}
	reading, err := side.Read()
	failures := []error{err}
	observed := ports.GatewayObserved{Guard: reading.Guard, Link: reading.Link,
		Peers: reading.Peers, Counters: reading.Counters}
	for _, item := range reading.Routes {
		observed.Routes = append(observed.Routes, item.To)
	}
	if reading.Found {
		held, err := g.readElements()
		failures = append(failures, err)
		observed.Live, observed.Grants = held.live, len(held.permits)
	}
	drops, err := g.socket.ForwardDrops(route.Mark, TableName)
	failures = append(failures, err)
	for _, drop := range drops {
		observed.Findings = append(observed.Findings,
			ports.Finding{Kind: ports.ForwardDropped, Detail: drop.String()})
	}
	return observed, errors.Join(failures...)
}
