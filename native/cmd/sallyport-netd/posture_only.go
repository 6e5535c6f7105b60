//go:build !linux

package main

import (
	"context"
	"log/slog"

	"sallyport.dev/netd/internal/absent"
	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/daemon"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/splice"
	"sallyport.dev/netd/internal/store"
)

// noTunnel is why, as people read it.
const noTunnel = "it is not built for this system yet"

// postureOnly is netd on a system that has no tunnel of ours yet.
type postureOnly struct {
	core   *daemon.Daemon
	server *ipc.Server
	log    *slog.Logger
}

func newPostureOnly(
	state *store.Store, roleOf func(peercred.Peer) ipc.Role, log *slog.Logger,
) postureOnly {
	core := daemon.New(daemon.Options{Version: version, Store: state, Clock: clock.Read, Log: log,
		Abilities: ports.Abilities{WireGuard: "none", Why: noTunnel}})
	core.Attach(absent.Device{}, absent.Gateway{}, absent.Names{})
	server := ipc.NewServer(ipc.Options{Verbs: core.Verbs(), RoleOf: roleOf,
		PenMoved: core.PenMoved, Log: log})
	return postureOnly{core, server, log}
}

// serve runs until the context ends, with what else this system runs beside it.
func (p postureOnly) serve(
	ctx context.Context, in listeners, agent *splice.Splicer, beside ...func(context.Context) error,
) error {
	err := runAll(ctx, append(beside,
		func(ctx context.Context) error { return p.core.Run(ctx, p.server) },
		func(ctx context.Context) error { return p.server.Serve(ctx, in.control) },
		func(ctx context.Context) error { return agent.Serve(ctx, in.local) },
	)...)
	if err == nil {
		p.log.Info("netd ends")
	}
	return err
}
