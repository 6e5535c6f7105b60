package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
)

func openKernel(emit ports.Emit, log *slog.Logger) (ports.Device, ports.Gateway, error) {
	device, err := kernel.NewDevice(emit, log)
	if err != nil {
		return nil, nil, err
	}
	gateway, err := kernel.NewGateway(emit, log)
	return device, gateway, err
}

// withdraw is what removing the package needs: the kernel as if netd had never run, and the state
// kept for whoever installs it again. It holds the state's lock, so no netd can put things back.
func withdraw(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := store.Open(chosen.stateDir)
	if errors.Is(err, store.ErrLocked) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	defer state.Close()
	device, gateway, err := openKernel(func(ports.Event) {}, log)
	if err != nil {
		return err
	}
	if err := errors.Join(gateway.Leave(ctx), device.Leave(ctx)); err != nil {
		return err
	}
	log.Info("kernel cleared, the state stays", "stateDir", chosen.stateDir)
	return nil
}
