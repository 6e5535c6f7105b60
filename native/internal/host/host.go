// Package host runs programs of ours where no systemd does: it starts them, starts them again after
// a crash, and ends them kindly.
package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// Program is what is run: an absolute path, and nothing of our own environment.
type Program struct {
	Path        string
	Args        []string
	Environment []string
	Dir         string
	// Output takes what it writes to standard output and standard error.
	Output io.Writer
}

// Pause is how long to wait before a program that ended is started again: twice as long each time,
// and from the start again once it ran for Steady.
type Pause struct {
	First  time.Duration
	Most   time.Duration
	Steady time.Duration
}

const (
	// grace is how long a program may take to end after it was told.
	grace = 10 * time.Second
	// lastWords is how long its output is waited for: what it started may hold it open.
	lastWords = time.Second
)

// Keeper keeps one program running.
type Keeper struct {
	program Program
	pause   Pause
	log     *slog.Logger
	pid     atomic.Int32
}

// NewKeeper makes a keeper that has started nothing yet.
func NewKeeper(program Program, pause Pause, log *slog.Logger) *Keeper {
	return &Keeper{program: program, pause: pause, log: log}
}

// PID is the number of the process that runs now, 0 where none does.
func (k *Keeper) PID() int32 { return k.pid.Load() }

// Run keeps the program running until the context ends, then ends it and returns.
func (k *Keeper) Run(ctx context.Context) error {
	wait := k.pause.First
	for ctx.Err() == nil {
		started := time.Now()
		ended, err := k.once(ctx)
		if ctx.Err() != nil {
			break
		}
		ran := time.Since(started)
		if ran >= k.pause.Steady {
			wait = k.pause.First
		}
		fields := []any{"program", k.program.Path, "ranMs", ran.Milliseconds(), "againMs",
			wait.Milliseconds()}
		if err != nil {
			k.log.Error("program not started", append(fields, "why", err.Error())...)
		} else {
			k.log.Warn("program ended, starting it anew", append(fields, "end", ended)...)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(2*wait, k.pause.Most)
	}
	return nil
}

func (k *Keeper) once(ctx context.Context) (string, error) {
	process, err := start(ctx, k.program)
	if err != nil {
		return "", err
	}
	pid := process.command.Process.Pid
	k.pid.Store(int32(pid))
	k.log.Info("program started", "program", k.program.Path, "pid", pid)
	err = process.wait()
	k.pid.Store(0)
	if process.command.ProcessState == nil {
		return "", err
	}
	return process.command.ProcessState.String(), nil
}

// Once runs a program to its end and answers its exit code.
func Once(ctx context.Context, program Program) (int, error) {
	process, err := start(ctx, program)
	if err != nil {
		return 0, err
	}
	err = process.wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return process.command.ProcessState.ExitCode(), nil
}

// process is a program that runs; said is closed when nobody can write to its output any more.
type process struct {
	command *exec.Cmd
	said    chan struct{}
}

// wait returns when the program has ended, whether or not what it started lives on.
func (p process) wait() error {
	err := p.command.Wait()
	select {
	case <-p.said:
	case <-time.After(lastWords):
	}
	return err
}

// start begins a program whose standard input stays open for as long as it shall run: its end is the
// sign to end, since Windows has no signals.
func start(ctx context.Context, program Program) (process, error) {
	command := exec.CommandContext(ctx, program.Path, program.Args...)
	command.Env, command.Dir = program.Environment, program.Dir
	command.WaitDelay = grace
	line, err := command.StdinPipe()
	if err != nil {
		return process{}, err
	}
	command.Cancel = line.Close
	// A pipe of our own: exec would wait until nobody holds its pipe any more.
	reader, writer, err := os.Pipe()
	if err != nil {
		return process{}, errors.Join(err, line.Close())
	}
	defer func() { _ = writer.Close() }()
	command.Stdout, command.Stderr = writer, writer
	said := make(chan struct{})
	go func() {
		defer close(said)
		// Its end, in whatever way, is the end of what is said.
		_, _ = io.Copy(program.Output, reader)
		_ = reader.Close()
	}()
	prepare(command)
	if err := command.Start(); err != nil {
		return process{}, fmt.Errorf("start %s: %w", program.Path, err)
	}
	if err := bind(command); err != nil {
		return process{}, errors.Join(err, command.Process.Kill(), command.Wait())
	}
	return process{command, said}, nil
}
