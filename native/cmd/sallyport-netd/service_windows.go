package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"sallyport.dev/netd/internal/logfile"
)

const (
	serviceName = "sallyport"
	// stopHint is how long a stop may take: the agent has ten seconds of it.
	stopHint = 15 * time.Second
	// maxCrashBytes holds the last words of some twenty crashes.
	maxCrashBytes = 1 << 20
)

// runService hands the process to the service manager; it answers the exit code.
func runService() int {
	system := systemOptions{dataDir: usualDataDir()}
	if err := system.makeFolders(); err != nil {
		return exitUsage
	}
	output, err := logfile.Open(filepath.Join(system.logDir(), "netd.log"), logLimit)
	if err != nil {
		return exitUsage
	}
	defer output.Close()
	if err := keepCrashes(filepath.Join(system.logDir(), "netd-crash.log")); err != nil {
		return exitUsage
	}
	if err := svc.Run(serviceName, &service{output: output}); err != nil {
		return exitBug
	}
	return 0
}

// keepCrashes has the last words of a crash written to a file: a service has no standard error. They
// outlive the start that follows the crash.
func keepCrashes(path string) error {
	how := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if former, err := os.Stat(path); err == nil && former.Size() > maxCrashBytes {
		how |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, how, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(debug.SetCrashOutput(file, debug.CrashOptions{}), file.Close())
}

// service is what the service manager talks to.
//
//	startPending --pipes there--> running --stop, shutdown--> stopPending --> stopped
//	      '-------------------- ended by itself: stopped with its exit code, started anew
type service struct {
	output *logfile.File
}

// Execute implements svc.Handler.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, tell chan<- svc.Status,
) (specific bool, exitCode uint32) {
	tell <- svc.Status{State: svc.StartPending}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	opened, ended := make(chan struct{}), make(chan int, 1)
	chosen, err := parseFlags(nil, s.output)
	if err != nil {
		return true, exitUsage
	}
	chosen.opened = func() { close(opened) }
	go func() { ended <- runUntil(ctx, chosen, s.output) }()
	for {
		select {
		case <-opened:
			opened = nil
			tell <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
		case code := <-ended:
			return code != 0, uint32(code)
		case request := <-requests:
			switch request.Cmd {
			case svc.Interrogate:
				tell <- request.CurrentStatus
			case svc.Stop, svc.Shutdown:
				tell <- svc.Status{State: svc.StopPending,
					WaitHint: uint32(stopHint.Milliseconds())}
				stop()
			}
		}
	}
}

// settleService has the service manager start us again after a crash, and by a path in quotes: it reads
// one with spaces and without quotes as several programs, and starts the first that is there. Done here
// and not by the installer, so that it holds for services made by hand, too.
func settleService() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	line, err := windows.UTF16PtrFromString(`"` + program + `" --service`)
	if err != nil {
		return err
	}
	manager, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer func() { _ = manager.Disconnect() }()
	own, err := manager.OpenService(serviceName)
	if err != nil {
		return err
	}
	defer func() { _ = own.Close() }()
	after := func(delay time.Duration) mgr.RecoveryAction {
		return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: delay}
	}
	const forgetSeconds, same = 24 * 60 * 60, windows.SERVICE_NO_CHANGE
	return errors.Join(
		windows.ChangeServiceConfig(own.Handle, same, same, same, line, nil, nil, nil, nil, nil, nil),
		own.SetRecoveryActions([]mgr.RecoveryAction{after(time.Second), after(10 * time.Second),
			after(time.Minute)}, forgetSeconds),
		own.SetRecoveryActionsOnNonCrashFailures(true))
}
