package daemon

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/strict"
)

type portalAnswer struct {
	OpenSeconds int64 `json:"openSeconds"`
}

// parsePortal takes the page of the network's captive portal, which a person wants to sign in to.
func (d *Daemon) parsePortal(f *strict.Fields) ipc.Call {
	address, err := netip.ParseAddr(f.Text("address", 2, 45))
	if err != nil || address.Zone() != "" || address.Is4In6() {
		f.Fail("address", "not an IP address")
	}
	page := netip.AddrPortFrom(address, uint16(f.Int("port", 1, 65535)))
	return d.locked("portal", func(ctx context.Context) (any, error) {
		device, able := d.device.(ports.Portals)
		if d.isGateway() || !able {
			return nil, fault.New(fault.Unsupported, "portal", "no device of this system")
		}
		opened, err := device.OpenPortal(ctx, page)
		switch {
		case errors.Is(err, ports.ErrPortalGranted), errors.Is(err, ports.ErrPortalFar):
			return nil, fault.New(fault.Conflict, "portal", "%s", err)
		case err != nil:
			return nil, fault.Wrap(fault.Kernel, "portal", err)
		}
		return portalAnswer{OpenSeconds: int64(opened / time.Second)}, nil
	})
}

// leavePortal closes the page of a captive portal when the network lets the agent through to its
// controller: nobody needs the page any more.
func (d *Daemon) leavePortal(ctx context.Context, linkUp bool) error {
	device, able := d.device.(ports.Portals)
	if !linkUp || d.isGateway() || !able {
		return nil
	}
	return device.ClosePortal(ctx, "the controller answers")
}
