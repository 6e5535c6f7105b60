package daemon

import (
	"net/netip"
	"reflect"

	"sallyport.dev/netd/internal/object"
)

// opens tells whether next may let through anything that former does not. It errs towards true.
func opens(former, next object.Config) bool {
	if former.Tunnel == nil || next.Tunnel == nil {
		return true
	}
	sameRest := reflect.DeepEqual(former.Tunnel.Bypass, next.Tunnel.Bypass) &&
		reflect.DeepEqual(former.Tunnel.ProtectedPrefixes, next.Tunnel.ProtectedPrefixes)
	if !sameRest {
		return true
	}
	known := routesOf(*former.Tunnel)
	for route := range routesOf(*next.Tunnel) {
		if !known[route] {
			return true
		}
	}
	return false
}

// narrowedBy is former with only those granted routes that next grants too.
func narrowedBy(former, next object.Tunnel) object.Tunnel {
	narrowed := former
	if next.State != object.TunnelOpen {
		narrowed.State = object.TunnelBlocked
	}
	granted := routesOf(next)
	narrowed.Sites = nil
	for _, site := range former.Sites {
		kept := site
		kept.Routes = nil
		for _, route := range site.Routes {
			if granted[route] {
				kept.Routes = append(kept.Routes, route)
			}
		}
		narrowed.Sites = append(narrowed.Sites, kept)
	}
	return narrowed
}

// withoutRoutes is the tunnel with nothing granted.
func withoutRoutes(tunnel object.Tunnel) object.Tunnel {
	return narrowedBy(tunnel, object.Tunnel{State: object.TunnelBlocked})
}

func routesOf(tunnel object.Tunnel) map[netip.Prefix]bool {
	routes := map[netip.Prefix]bool{}
	if tunnel.State != object.TunnelOpen {
		return routes
	}
	for _, site := range tunnel.Sites {
		for _, route := range site.Routes {
			routes[route] = true
		}
	}
	return routes
}
