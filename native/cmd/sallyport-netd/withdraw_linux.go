package main

import (
	"context"
	"errors"
	"log/slog"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
)

// kernelSide is everything that touches the machine.
type kernelSide struct {
	device  ports.Device
	gateway ports.Gateway
	names   *names.Names
}

func openKernel(emit ports.Emit, chosen options, log *slog.Logger) (kernelSide, error) {
	var system names.System
	if chosen.systemResolver {
		system = systemdns.New(systemdns.Usual(), log)
	}
	device, err := kernel.NewDevice(emit, log)
	if err != nil {
		return kernelSide{}, err
	}
	gateway, err := kernel.NewGateway(emit, log)
	if err != nil {
		return kernelSide{}, err
	}
	return kernelSide{device, gateway, names.New(names.Options{
		Link: guard.LinkName, Device: device, Gateway: gateway, Emit: emit, Log: log,
		System: system,
	})}, nil
}

// withdraw is what removing the package needs: the kernel as if netd had never run, and the state
// kept for whoever installs it again. It holds the state's lock, so no netd can put things back.
func withdraw(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := openStore(chosen.stateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	side, err := openKernel(func(ports.Event) {}, chosen, log)
	if err != nil {
		return err
	}
	err = errors.Join(side.names.Leave(ctx), side.gateway.Leave(ctx), side.device.Leave(ctx))
	if err != nil {
		return err
	}
	log.Info("kernel cleared, the state stays", "stateDir", chosen.stateDir)
	return nil
}
