package main

import (
	"log/slog"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/systemdns"
)

// kernelSide is everything that touches the machine.
type kernelSide struct {
	device  ports.Device
	gateway ports.Gateway
	names   *names.Names
}

// openKernel changes nothing yet; from then on what is applied is kept up.
func openKernel(
	emit ports.Emit, chosen options, state *store.Store, log *slog.Logger,
) kernelSide {
	var system names.System
	if chosen.systemResolver {
		system = systemdns.New(systemdns.Usual(), log)
	}
	device, gateway := kernel.NewDevice(emit, log), kernel.NewGateway(emit, log)
	gateway.SetMemory(state)
	return kernelSide{device, gateway, names.New(names.Options{
		Link: guard.LinkName, Device: device, Gateway: gateway, Emit: emit, Log: log,
		System: system,
	})}
}
