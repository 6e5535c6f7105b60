package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/folder"
	"sallyport.dev/netd/internal/host"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/splice"
)

// Only administrators may serve a name behind ProtectedPrefix\Administrators; others may open one as far as
// its rights let them.
const (
	controlPipe = `\\.\pipe\ProtectedPrefix\Administrators\sallyport-netd`
	agentPipe   = `\\.\pipe\ProtectedPrefix\Administrators\sallyport-agent`
	localPipe   = `\\.\pipe\ProtectedPrefix\Administrators\sallyport`
)

const lastWords = "netd ends"

// systemOptions are those of Windows.
type systemOptions struct {
	dataDir string
	// opened is called once the pipes are there; nil where no service manager waits for it.
	opened func()
}

func main() {
	switch args := os.Args[1:]; {
	case child.IsCall(args):
		os.Exit(child.Run(args, os.Stderr))
	case len(args) == 1 && args[0] == "--service":
		os.Exit(runService())
	case len(args) == 1 && args[0] == "--purge":
		os.Exit(purge())
	case len(args) > 0 && args[0] == "--installed":
		os.Exit(installed(args[1:]))
	default:
		os.Exit(run(args, os.Stderr))
	}
}

// usualDataDir is empty where the system does not know it, which then fails to open.
func usualDataDir() string {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return ""
	}
	return filepath.Join(data, "Sallyport")
}

func usualStateDir() string { return filepath.Join(usualDataDir(), "state", "netd") }

func (o *systemOptions) addFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.dataDir, "data-dir", usualDataDir(), "folder of state and logs")
}

func (o *systemOptions) managedDir() string { return filepath.Join(o.dataDir, "managed.d") }

func (o *systemOptions) logDir() string { return filepath.Join(o.dataDir, "logs") }

// makeFolders comes before anything is read or written: what others made is put aside.
func (o *systemOptions) makeFolders() error {
	return errors.Join(
		folder.Make(o.dataDir, folder.Public),
		folder.Make(filepath.Join(o.dataDir, "state"), folder.Private),
		folder.Make(filepath.Join(o.dataDir, "state", "agent"), folder.Private),
		folder.Make(o.managedDir(), folder.Private),
		folder.Make(o.logDir(), folder.Private),
	)
}

// work serves until the context ends, with the agent as a child.
func work(ctx context.Context, chosen options, log *slog.Logger) error {
	if err := chosen.makeFolders(); err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	state, err := openStore(chosen.stateDir)
	if err != nil {
		return err
	}
	defer state.Close()
	agent, err := agentOf(chosen, log)
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	defer agent.close()
	found := findTunnel()
	netd := newNetd(state, found.abilities(), roleOf(agent.keeper), log)
	beside := found.attach(ctx, netd, log)
	in, err := listen(controlPipe, socket.Access{}, localPipe)
	if err != nil {
		return err
	}
	if chosen.opened != nil {
		chosen.opened()
		if err := settleService(); err != nil {
			log.Warn("the service manager did not take our path or our restarts", "why", err.Error())
		}
	}
	found.say(log, "version", version, "dataDir", chosen.dataDir)
	beside = append(beside, agent.keeper.Run, agent.joinWhenAsked)
	return netd.serve(ctx, in, splice.New(agentPipe, 0, log), beside...)
}

// roleOf knows administrators and the system; the agent that we started is no more than the agent.
func roleOf(agent *host.Keeper) func(peercred.Peer) ipc.Role {
	return func(peer peercred.Peer) ipc.Role {
		switch {
		case peer.PID == agent.PID():
			return ipc.RoleAgent
		case peer.UID == 0:
			return ipc.RoleRoot
		}
		return ipc.RoleNone
	}
}
