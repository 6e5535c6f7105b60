package daemon

import (
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
)

// insidePools refuses a grant for an address that is no device's of this network, or the gateway's
// own: it would change the way of other packets.
func insidePools(grant object.Grant, effective *object.Config) error {
	if effective == nil || effective.Gateway == nil {
		return fault.New(fault.Conflict, "grant", "no config yet; send config first")
	}
	gateway := effective.Gateway
	for _, address := range grant.Addresses {
		inside := false
		for _, pool := range gateway.Pools {
			inside = inside || pool.Contains(address.Addr())
		}
		for _, own := range gateway.Addresses {
			inside = inside && own != address.Addr()
		}
		if !inside {
			return fault.New(fault.Ceiling, "grant.wg.ips", "%s is not a device's address here",
				address.Addr())
		}
	}
	return nil
}
