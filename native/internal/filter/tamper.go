//go:build linux

package filter

import (
	"context"

	"sallyport.dev/netd/internal/kernel/steps"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Repair compares both locks and the interface with what was configured, puts back what is missing,
// elements with the time they had left included, and then reports it.
func (g *Gateway) Repair(ctx context.Context) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.desired == nil {
		return
	}
	g.diversion.Tell(g.desired.Gateway.Pools, LinkName, g.emit, g.log)
	damaged := g.damaged()
	if damaged == "" {
		return
	}
	run := steps.New(g.log)
	g.apply(ctx, run)
	g.emit(ports.Event{
		Name: ports.Tampered, Fields: map[string]any{"what": damaged, "steps": run.Steps()},
	})
}

func (g *Gateway) damaged() string {
	if held, err := route.HoldRules(lockRules(g.desired.Gateway)); err != nil || !held {
		return "rules"
	}
	if intact, err := g.inside.intact(); err != nil || !intact {
		return "inside"
	}
	if intact, err := g.table.Intact(); err != nil || !intact {
		return "nft"
	}
	if g.link == nil {
		return ""
	}
	if !g.link.InPlace() {
		return "link"
	}
	if held, err := route.HoldRoutes(poolRoutes(g.desired.Gateway)); err != nil || !held {
		return "routes"
	}
	return ""
}
