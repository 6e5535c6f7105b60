//go:build linux

package filter

import (
	"context"
	"errors"

	"sallyport.dev/netd/internal/kernel/clock"
	"sallyport.dev/netd/internal/kernel/conntrack"
	"sallyport.dev/netd/internal/observation"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Observe reads the kernel anew; what does not exist is absent, not an error. It puts back elements
// that somebody took away, since no event tells their deletion from ours.
func (g *Gateway) Observe(ctx context.Context) (ports.GatewayObserved, error) {
	lost, unasked := g.inside.lost()
	g.mutex.Lock()
	defer g.mutex.Unlock()
	side := observation.Side{Socket: g.socket, Table: g.table, TableName: TableName,
		LinkName: LinkName, Link: g.link}
	if g.desired != nil {
		side.Rules = lockRules(g.desired.Gateway)
	}
	reading, err := side.Read()
	failures := []error{err, unasked}
	observed := ports.GatewayObserved{Guard: reading.Guard, Link: reading.Link,
		Peers: reading.Peers, Counters: reading.Counters}
	for _, item := range reading.Routes {
		observed.Routes = append(observed.Routes, item.To)
	}
	if reading.Found {
		held, err := g.readElements()
		failures = append(failures, err)
		if err == nil && g.table.Loaded() && g.book.lacks(held, clock.Monotonic()) {
			observed.Guard.Table = false
			failures = append(failures, g.putBack(ctx))
		}
		observed.Live, observed.Grants = held.live, len(held.permits)
	}
	drops, err := g.socket.ForwardDrops(route.Mark, TableName)
	failures = append(failures, err)
	for _, drop := range drops {
		observed.Findings = append(observed.Findings,
			ports.Finding{Kind: ports.ForwardDropped, Detail: drop.String()})
	}
	if g.desired != nil {
		diverted, err := observation.Diverted(g.desired.Gateway.Pools, LinkName)
		failures = append(failures, err)
		observed.Findings = append(observed.Findings, diverted...)
	}
	if len(lost) > 0 {
		observed.Findings = append(observed.Findings,
			ports.Finding{Kind: ports.InsideLost, Detail: listed(lost)})
	}
	observed.Findings = append(observed.Findings, conntrack.Full()...)
	return observed, errors.Join(failures...)
}

func (g *Gateway) putBack(ctx context.Context) error {
	if err := g.loadTable(ctx); err != nil {
		return err
	}
	g.emit(ports.Event{Name: ports.Tampered, Fields: map[string]any{"what": "elements"}})
	return nil
}
