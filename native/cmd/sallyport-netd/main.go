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
	"io/fs"
	"log/slog"
	"os/signal"
	"sync"
	"syscall"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/journal"
	"sallyport.dev/netd/internal/store"
)

// version is set by the linker.
var version = "0.1.0"

// Exit codes of the interface.
const (
	exitDisk   = 1
	exitUsage  = 2
	exitSecond = 7
	exitBug    = 70
)

// errSetup means that a folder, a socket or an account is not as it must be.
var errSetup = errors.New("setup")

type options struct {
	stateDir string
	logLevel string
	systemOptions
}

func run(args []string, stderr io.Writer) int {
	// Whoever reads the log may go away; Go would end the process at the next line.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	chosen, err := parseFlags(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return exitUsage
	}
	return runUntil(ctx, chosen, stderr)
}

// runUntil works until the context ends; it answers the exit code.
func runUntil(ctx context.Context, chosen options, stderr io.Writer) int {
	lines := journal.NewWriter(stderr)
	defer lines.Close()
	log, err := journal.New(lines, chosen.logLevel)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitUsage
	}
	err = work(ctx, chosen, log)
	switch {
	case errors.Is(err, store.ErrLocked):
		log.Error("second daemon", "code", "SP-303", "why", err.Error(), "stateDir", chosen.stateDir,
			"fix", "stop the other process first")
		return exitSecond
	case errors.Is(err, errSetup):
		return cannotStart(log, err)
	case err != nil:
		log.Error("netd failed", "why", err.Error())
		return exitBug
	}
	return 0
}

// cannotStart says what is missing before netd can do anything, and answers the exit code.
func cannotStart(log *slog.Logger, err error) int {
	switch fault.Wrap(fault.Permission, "setup", err).Code {
	case fault.NoSpace:
		log.Error("netd cannot start", "code", "SP-404", "why", err.Error(),
			"fix", "free some disk space")
		return exitDisk
	case fault.ReadOnly:
		log.Error("netd cannot start", "code", "SP-414", "why", err.Error(),
			"fix", "mount it for writing; after errors of the disk, dmesg names it")
		return exitDisk
	}
	var place *fs.PathError
	if errors.As(err, &place) {
		log.Error("netd cannot start", "code", "SP-415", "why", err.Error(),
			"fix", "name a folder that root may make or owns; look at it and at the folders above")
		return exitUsage
	}
	log.Error("netd cannot start", "why", err.Error())
	return exitUsage
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var chosen options
	flags := flag.NewFlagSet("sallyport-netd", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&chosen.stateDir, "state-dir", usualStateDir(), "folder of the state")
	flags.StringVar(&chosen.logLevel, "log-level", "info", "debug, info, warn or error")
	chosen.addFlags(flags)
	if err := flags.Parse(args); err != nil {
		return chosen, err
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "unexpected argument %q\n", flags.Arg(0))
		return chosen, errors.New("usage")
	}
	return chosen, nil
}

// openStore takes the state folder for this process alone.
func openStore(dir string) (*store.Store, error) {
	state, err := store.Open(dir)
	if err != nil && !errors.Is(err, store.ErrLocked) {
		err = fmt.Errorf("%w: %w", errSetup, err)
	}
	return state, err
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
