package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"sallyport.dev/netd/internal/absent"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/splice"
)

const (
	// noTunnel is why, as people read it.
	noTunnel  = "it is not built for this system yet"
	lastWords = "netd ends"
)

// systemOptions are those of macOS.
type systemOptions struct {
	runDir string
}

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func usualStateDir() string { return "/Library/Application Support/Sallyport/state/netd" }

func (o *systemOptions) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.runDir, "run-dir", "/var/run/sallyport", "folder of the sockets")
}

// work serves until the context ends. launchd runs the agent beside us, as root too: its collector
// has to be, and there is no tunnel here that the agent could be kept from.
func work(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := openStore(chosen.stateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	if err := os.MkdirAll(chosen.runDir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	netd := newNetd(state, ports.Abilities{WireGuard: "none", Why: noTunnel}, roleOf, log)
	netd.core.Attach(absent.Device{}, absent.Gateway{}, absent.Names{})
	in, err := listen(filepath.Join(chosen.runDir, "netd.sock"), socket.Access{},
		filepath.Join(chosen.runDir, "local.sock"))
	if err != nil {
		return err
	}
	log.Info("netd runs, posture only", "why", noTunnel, "version", version,
		"stateDir", chosen.stateDir, "runDir", chosen.runDir)
	agent := splice.New(filepath.Join(chosen.runDir, "agent.sock"), uint64(os.Geteuid()), log)
	return netd.serve(ctx, in, agent)
}

func roleOf(peer peercred.Peer) ipc.Role {
	if peer.UID == 0 || peer.UID == uint64(os.Geteuid()) {
		return ipc.RoleRoot
	}
	return ipc.RoleNone
}
