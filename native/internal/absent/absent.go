// Package absent is the kernel side of a system on which netd cannot change the network: it opens
// nothing, closes nothing and says so. The agent then reports the posture and no more.
package absent

import (
	"context"
	"net/netip"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// errAbsent stands in every answer that would have to change the network.
var errAbsent = fault.New(fault.Unsupported, "wireguard",
	"netd has no tunnel on this system: the posture is reported, nothing is opened or closed")

func refused() []ports.Step {
	return []ports.Step{{Name: "wireguard", Result: ports.StepFailed, Detail: errAbsent.Detail}}
}

// Device is a laptop without a tunnel.
type Device struct{}

// Apply refuses.
func (Device) Apply(context.Context, ports.DeviceDesired) []ports.Step { return refused() }

// Narrow has nothing to take away.
func (Device) Narrow(context.Context) error { return nil }

// EnsureGuard refuses: nobody may believe that there is one.
func (Device) EnsureGuard(context.Context, ports.DeviceDesired) error { return errAbsent }

// Observe finds nothing of ours.
func (Device) Observe(context.Context) (ports.DeviceObserved, error) {
	return ports.DeviceObserved{}, nil
}

// Bump has no socket to bind again.
func (Device) Bump(context.Context) error { return nil }

// Leave has nothing to remove.
func (Device) Leave(context.Context) error { return nil }

// Gateway is a machine that cannot be one.
type Gateway struct{}

// Configure refuses.
func (Gateway) Configure(context.Context, ports.GatewayDesired) []ports.Step { return refused() }

// Commit refuses.
func (Gateway) Commit(context.Context, ports.Change) (ports.CommitResult, error) {
	return ports.CommitResult{}, errAbsent
}

// EmptyLive has nothing that lives.
func (Gateway) EmptyLive(context.Context) (ports.CommitResult, error) {
	return ports.CommitResult{}, nil
}

// Observe finds nothing of ours.
func (Gateway) Observe(context.Context) (ports.GatewayObserved, error) {
	return ports.GatewayObserved{}, nil
}

// Bump has no socket to bind again.
func (Gateway) Bump(context.Context) error { return nil }

// Leave has nothing to remove.
func (Gateway) Leave(context.Context) error { return nil }

// Permit knows nobody.
func (Gateway) Permit(netip.Addr, string) bool { return false }

// Learn refuses.
func (Gateway) Learn(context.Context, ports.Named) ([]netip.Addr, error) { return nil, errAbsent }

// KeepNames has none.
func (Gateway) KeepNames(context.Context) {}

// Names answers no questions.
type Names struct{}

// ServeDevice refuses.
func (Names) ServeDevice(context.Context, object.Tunnel, []netip.Prefix) error { return errAbsent }

// ServeGateway refuses.
func (Names) ServeGateway(context.Context, object.Gateway, []netip.Prefix) error {
	return errAbsent
}

// Moved changes nothing.
func (Names) Moved() {}

// Findings finds nothing.
func (Names) Findings() []ports.Finding { return nil }

// Leave has nothing to remove.
func (Names) Leave(context.Context) error { return nil }
