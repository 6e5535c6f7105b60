//go:build linux

package filter

import (
	"net/netip"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
)

// rememberedAtMost bounds what is kept one by one; beyond it whole targets are kept.
const rememberedAtMost = 4096

// targetsOf are the prefixes that a packet of a device may be sent on to, and those that we ask.
func targetsOf(gateway object.Gateway) prefixes {
	all := hosts(gateway.Resolvers)
	for _, resource := range gateway.Resources {
		all = append(all, resource.ResolvesTo...)
		for _, target := range resource.Targets {
			if target.Domain == "" {
				all = append(all, target.Prefix)
			}
		}
	}
	return distinct(all)
}

// routesInto lists the routes, narrower than the default one, to something of these.
func routesInto(targets prefixes) (found []netip.Prefix, err error) {
	err = route.MainRoutes(func(item route.MainRoute) {
		if !item.Narrow() || !targets.overlaps(item.To) {
			return
		}
		if found = append(found, item.To); len(found) > 4*rememberedAtMost {
			found = remembered(nil, found, targets)
		}
	})
	return found, err
}

// remembered joins what was known and what was found, and stays small: the routes of the internet may
// lie in one target.
func remembered(known, found []netip.Prefix, targets prefixes) prefixes {
	all := distinct(known, found)
	if len(all) <= rememberedAtMost {
		return all
	}
	if all = all.overlapping(targets); len(all) <= rememberedAtMost {
		return all
	}
	return targets.overlapping(all)
}
