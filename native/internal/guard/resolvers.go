package guard

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
)

const (
	resolverPoll = time.Second
	maxResolvers = 8
	resolverPort = 53
)

// FollowResolvers keeps the resolvers of the links reachable until the context ends, where a
// protected prefix would cut them off, and ends the exemption of a captive portal.
func (d *device) FollowResolvers(ctx context.Context) {
	every(ctx, resolverPoll, func(time.Time) { d.relearn(ctx) })
}

func (d *device) relearn(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.held()
	if p == nil {
		return
	}
	d.closePortal(ctx, p)
	if !d.learnResolvers(*p) {
		return
	}
	d.log.Info("resolvers of the links", "exempt", d.use.resolvers)
	if err := d.replan(ctx, p); err != nil {
		d.log.Error("resolvers of the links are not exempt", "why", err.Error())
	}
}

// learnResolvers notes the resolvers that are exempt under a plan, and tells whether they are others
// than before. Where nobody knows them those of before stay, and that is said once.
func (d *device) learnResolvers(p plan) bool {
	found, err := d.exemptResolvers(p)
	said := ""
	if err != nil {
		said = err.Error()
		if said != d.unread {
			d.log.Warn("resolvers of the links are not known, those of before stay", "why", said)
		}
	}
	d.unread = said
	if err != nil || slices.Equal(found, d.use.resolvers) {
		return false
	}
	d.use.resolvers = found
	return true
}

// exemptResolvers answers the resolvers that stand in a protected prefix, in a network that this
// machine is part of, and that no resource has the address of, reachable now or not.
func (d *device) exemptResolvers(p plan) ([]netip.Addr, error) {
	held, err := d.system.linkResolvers()
	if err != nil {
		return nil, err
	}
	hidden := []netip.Addr{}
	for _, address := range held {
		if route.Holds(p.protected, address) && !route.Holds(p.resources, address) {
			hidden = append(hidden, address)
		}
	}
	if len(hidden) == 0 {
		return nil, nil
	}
	networks, err := d.system.networks()
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(unique(hidden), func(address netip.Addr) bool {
		return !route.Holds(networks, address)
	})
	return found[:min(len(found), maxResolvers)], nil
}

// resolverBypass is what an exempt resolver may be asked.
func resolverBypass(resolvers []netip.Addr) []object.Bypass {
	exempt := []object.Bypass{}
	for _, address := range resolvers {
		for _, proto := range []string{"udp", "tcp"} {
			exempt = append(exempt, object.Bypass{Address: address, Proto: proto, Port: resolverPort})
		}
	}
	return exempt
}
