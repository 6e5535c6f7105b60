// sallyport-netd is the only program that changes the network, and the one that checks the ticket.
// It leaves everything in the kernel as it is when it ends; only the verb `leave` and `--withdraw`
// remove.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/confine"
	"sallyport.dev/netd/internal/daemon"
	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/journal"
	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/readiness"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/splice"
	"sallyport.dev/netd/internal/store"
)

// version is set by the linker.
var version = "0.1.0"

// Exit codes of the interface.
const (
	exitUsage  = 2
	exitSecond = 7
	exitBug    = 70
)

// errSetup means that a folder, a socket or an account is not as it must be.
var errSetup = errors.New("setup")

type options struct {
	stateDir   string
	runDir     string
	socketUser string
	logLevel   string
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

func run(args []string, stderr io.Writer) int {
	chosen, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitUsage
	}
	lines := journal.NewWriter(stderr)
	defer lines.Close()
	log, err := journal.New(lines, chosen.logLevel)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	// Whoever reads the log may go away; Go would end the process at the next line.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if chosen.withdraw {
		err = withdraw(ctx, chosen, log)
	} else {
		err = serve(ctx, chosen, log)
	}
	switch {
	case errors.Is(err, store.ErrLocked):
		log.Error("second daemon", "error", err.Error())
		return exitSecond
	case errors.Is(err, errSetup):
		log.Error("netd cannot start", "error", err.Error())
		return exitUsage
	case err != nil:
		log.Error("netd failed", "error", err.Error())
		return exitBug
	}
	if !chosen.withdraw {
		log.Info("netd ends, the kernel keeps its state")
	}
	return 0
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var chosen options
	flags := flag.NewFlagSet("sallyport-netd", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&chosen.stateDir, "state-dir", "/var/lib/sallyport/netd", "folder of the state")
	flags.StringVar(&chosen.runDir, "run-dir", "/run/sallyport", "folder of the sockets")
	flags.StringVar(&chosen.socketUser, "socket-user", "", "account of the agent, beside root")
	flags.StringVar(&chosen.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.BoolVar(&chosen.withdraw, "withdraw", false,
		"clear the kernel of everything that is netd's, keep the state, and end")
	flags.BoolVar(&chosen.systemResolver, "system-resolver", false,
		"have systemd-resolved, resolvconf or /etc/resolv.conf ask netd about protected names")
	if err := flags.Parse(args); err != nil {
		return chosen, err
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "unexpected argument %q\n", flags.Arg(0))
		return chosen, errors.New("usage")
	}
	return chosen, nil
}

func serve(ctx context.Context, chosen options, log *slog.Logger) error {
	state, err := store.Open(chosen.stateDir)
	if errors.Is(err, store.ErrLocked) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	defer state.Close()
	if err := os.MkdirAll(chosen.runDir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	account, err := agentAccount(chosen.socketUser)
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	core, resolver, err := newDaemon(state, chosen, log)
	if err != nil {
		return err
	}
	server := ipc.NewServer(ipc.Options{
		Verbs: core.Verbs(), RoleOf: roleOf(account), PenMoved: core.PenMoved, Log: log})
	return serveAll(ctx, chosen, parts{core, resolver, server, account, log})
}

func agentAccount(name string) (*socket.Account, error) {
	if name == "" {
		return nil, nil
	}
	return socket.LookUp(name)
}

// agentUID is who must serve agent.sock: the agent's account, or our own in a rootless lab.
func agentUID(account *socket.Account) uint32 {
	if account != nil {
		return account.UID
	}
	return uint32(os.Geteuid())
}

func newDaemon(
	state *store.Store, chosen options, log *slog.Logger,
) (*daemon.Daemon, *names.Names, error) {
	core := daemon.New(daemon.Options{
		Version: version, Store: state, Abilities: kernel.Probe(), Clock: clock.Read, Log: log})
	side, err := openKernel(core.Emit, chosen, log)
	if err != nil {
		return nil, nil, err
	}
	core.Attach(side.device, side.gateway, side.names)
	return core, side.names, nil
}

// roleOf knows root (and the owner of this process, in a rootless lab) and the agent's account.
func roleOf(account *socket.Account) func(peercred.Peer) ipc.Role {
	own := uint32(os.Geteuid())
	return func(peer peercred.Peer) ipc.Role {
		switch {
		case peer.UID == 0 || peer.UID == own:
			return ipc.RoleRoot
		case account != nil && peer.UID == account.UID:
			return ipc.RoleAgent
		}
		return ipc.RoleNone
	}
}

type parts struct {
	core    *daemon.Daemon
	names   *names.Names
	server  *ipc.Server
	account *socket.Account
	log     *slog.Logger
}

// serveAll runs everything until the signal; the first part that breaks ends the others.
func serveAll(ctx context.Context, chosen options, p parts) error {
	control, err := socket.Listen(filepath.Join(chosen.runDir, "netd.sock"),
		socket.Access{Account: p.account})
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, err)
	}
	local, err := socket.Listen(filepath.Join(chosen.runDir, "local.sock"),
		socket.Access{Everybody: true})
	if err != nil {
		return fmt.Errorf("%w: %w", errSetup, errors.Join(err, control.Close()))
	}
	p.core.Adopt(ctx)
	if err := readiness.Announce(); err != nil {
		p.log.Warn("start not announced", "error", err.Error())
	}
	splicer := splice.New(filepath.Join(chosen.runDir, "agent.sock"), agentUID(p.account), p.log)
	p.log.Info("netd runs", "version", version, "stateDir", chosen.stateDir, "runDir", chosen.runDir)
	return runAll(ctx,
		func(ctx context.Context) error { return p.core.Run(ctx, p.server) },
		func(ctx context.Context) error { return p.server.Serve(ctx, control) },
		func(ctx context.Context) error { return splicer.Serve(ctx, local) },
		func(ctx context.Context) error { p.names.Keep(ctx); return nil },
		func(ctx context.Context) error { return kernel.WatchFirewall(ctx, p.core.FirewallChanged) },
	)
}

// runAll runs tasks under one context; the first error cancels the rest, and all are awaited.
func runAll(ctx context.Context, tasks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(tasks))
	var all sync.WaitGroup
	for index, task := range tasks {
		all.Go(func() {
			defer cancel()
			errs[index] = task(ctx)
		})
	}
	all.Wait()
	for index, err := range errs {
		if errors.Is(err, context.Canceled) {
			errs[index] = nil
		}
	}
	return errors.Join(errs...)
}
