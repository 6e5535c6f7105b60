package main

import (
	"context"
	"log/slog"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/daemon"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/splice"
	"sallyport.dev/netd/internal/store"
)

// netd is the daemon with the socket that root and the agent ask it by.
type netd struct {
	core   *daemon.Daemon
	server *ipc.Server
	log    *slog.Logger
}

// newNetd has no kernel side yet: that is attached by whoever knows the system.
func newNetd(
	state *store.Store, able ports.Abilities, roleOf func(peercred.Peer) ipc.Role, log *slog.Logger,
) netd {
	core := daemon.New(daemon.Options{Version: version, Store: state, Clock: clock.Read, Log: log,
		Abilities: able})
	server := ipc.NewServer(ipc.Options{Verbs: core.Verbs(), RoleOf: roleOf,
		PenMoved: core.PenMoved, Log: log})
	core.TellBy(server)
	return netd{core, server, log}
}

// serve runs until the context ends, with what else this system runs beside it.
func (n netd) serve(
	ctx context.Context, in listeners, agent *splice.Splicer, beside ...func(context.Context) error,
) error {
	err := runAll(ctx, append(beside,
		func(ctx context.Context) error { return n.core.Run(ctx) },
		func(ctx context.Context) error { return n.server.Serve(ctx, in.control) },
		func(ctx context.Context) error { return agent.Serve(ctx, in.local) },
	)...)
	if err == nil {
		n.log.Info(lastWords)
	}
	return err
}
