package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"sallyport.dev/netd/internal/confine"
	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/readiness"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/splice"
)

// systemOptions are those of Linux.
type systemOptions struct {
	runDir     string
	socketUser string
	withdraw   bool
	// systemResolver has the machine's programs ask us about protected names.
	systemResolver bool
}

func main() {
	if child.IsCall(os.Args[1:]) {
		os.Exit(child.Run(os.Args[1:], os.Stderr))
	}
	os.Exit(confined())
}

// confined runs the program without what it never needs.
func confined() int {
	if err := confine.Daemon(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitBug
	}
	return run(os.Args[1:], os.Stderr)
}

func usualStateDir() string { return "/var/lib/sallyport/netd" }

func (o *systemOptions) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.runDir, "run-dir", "/run/sallyport", "folder of the sockets")
	flags.StringVar(&o.socketUser, "socket-user", "", "account of the agent, beside root")
	flags.BoolVar(&o.withdraw, "withdraw", false,
		"clear the kernel of everything that is netd's, keep the state, and end")
	flags.BoolVar(&o.systemResolver, "system-resolver", false,
		"have systemd-resolved, resolvconf or /etc/resolv.conf ask netd about protected names")
}

const lastWords = "netd ends, the kernel keeps its state"

// work is what the flags ask for.
func work(ctx context.Context, chosen options, log *slog.Logger) error {
	if chosen.withdraw {
		return withdraw(ctx, chosen, log)
	}
	return serve(ctx, chosen, log)
}

// serve works until the context ends. Nobody is heard before the guard was put back.
func serve(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := openStore(chosen.stateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := os.MkdirAll(chosen.runDir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	account, err := agentAccount(chosen.socketUser)
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	netd := newNetd(state, kernel.Probe(), roleOf(account), log)
	side := openKernel(netd.core.Emit, chosen, state, log)
	netd.core.Attach(side.device, side.gateway, side.names)
	in, err := listen(filepath.Join(chosen.runDir, "netd.sock"), socket.Access{Account: account},
		filepath.Join(chosen.runDir, "local.sock"))
	if err != nil {
		return err
	}
	netd.core.Adopt(ctx)
	if err := readiness.Announce(); err != nil {
		log.Warn("start not announced", "why", err.Error())
	}
	log.Info("netd runs", "version", version, "stateDir", chosen.stateDir, "runDir", chosen.runDir)
	agent := splice.New(filepath.Join(chosen.runDir, "agent.sock"), agentUID(account), log)
	return netd.serve(ctx, in, agent,
		func(ctx context.Context) error { side.names.Keep(ctx); return nil },
		func(ctx context.Context) error { return kernel.WatchFirewall(ctx, netd.core.FirewallChanged) },
	)
}

func agentAccount(name string) (*socket.Account, error) {
	if name == "" {
		return nil, nil
	}
	return socket.LookUp(name)
}

// agentUID is who must serve agent.sock: the agent's account, or our own in a rootless lab.
func agentUID(account *socket.Account) uint64 {
	if account != nil {
		return uint64(account.UID)
	}
	return uint64(os.Geteuid())
}

// roleOf knows root (and the owner of this process, in a rootless lab) and the agent's account.
func roleOf(account *socket.Account) func(peercred.Peer) ipc.Role {
	own := uint64(os.Geteuid())
	return func(peer peercred.Peer) ipc.Role {
		switch {
		case peer.UID == 0 || peer.UID == own:
			return ipc.RoleRoot
		case account != nil && peer.UID == uint64(account.UID):
			return ipc.RoleAgent
		}
		return ipc.RoleNone
	}
}
