package main

import (
	"context"
	"errors"
	"log/slog"

	"sallyport.dev/netd/internal/ports"
)

// withdraw is what removing the package needs: the kernel as if netd had never run, and the state
// kept for whoever installs it again. It holds the state's lock, so no netd can put things back.
func withdraw(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := openStore(chosen.stateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	side := openKernel(func(ports.Event) {}, chosen, state, log)
	err = errors.Join(side.names.Leave(ctx), side.gateway.Leave(ctx), side.device.Leave(ctx))
	if err != nil {
		return err
	}
	log.Info("kernel cleared, the state stays", "stateDir", chosen.stateDir)
	return nil
}
