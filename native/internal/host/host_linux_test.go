package host_test

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/netd/internal/host"
)

// told takes lines from a program and its keeper.
type told chan string

func (t told) Write(raw []byte) (int, error) {
	for line := range strings.Lines(string(raw)) {
		t <- strings.TrimSpace(line)
	}
	return len(raw), nil
}

func shell(script string, output io.Writer) host.Program {
	return host.Program{Path: "/bin/sh", Args: []string{"-c", script}, Dir: "/", Output: output,
		Environment: []string{"PATH=/usr/bin:/bin"}}
}

var quick = host.Pause{First: time.Millisecond, Most: time.Millisecond, Steady: time.Hour}

func run(t *testing.T, keeper *host.Keeper) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- keeper.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// killProgram waits until the keeper knows its program, which may speak before: number 0 would be this
// test's whole process group, with whoever runs it.
func killProgram(t *testing.T, keeper *host.Keeper) {
	t.Helper()
	pid := int(keeper.PID())
	for ; pid == 0; pid = int(keeper.PID()) {
		if t.Context().Err() != nil {
			t.Fatal("no program was started")
		}
		runtime.Gosched()
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestProgramThatIsKilledIsStartedAgain(t *testing.T) {
	lines := make(told, 16)
	quiet := slog.New(slog.DiscardHandler)
	keeper := host.NewKeeper(shell("echo up; read line; echo down", lines), quick, quiet)
	end := run(t, keeper)
	if line := <-lines; line != "up" {
		t.Fatal(line)
	}
	killProgram(t, keeper)
	if line := <-lines; line != "up" {
		t.Fatal(line)
	}
	end()
	// Told to end by the end of its input, it still said its last word.
	if line := <-lines; line != "down" || keeper.PID() != 0 {
		t.Fatal(line, keeper.PID())
	}
}

func TestWhatAKilledProgramHasStartedHoldsNobodyUp(t *testing.T) {
	lines := make(told, 16)
	quiet := slog.New(slog.DiscardHandler)
	script := "sleep 1000 & echo $!; read line; kill $!"
	keeper := host.NewKeeper(shell(script, lines), quick, quiet)
	end := run(t, keeper)
	left, err := strconv.Atoi(<-lines)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(left, syscall.SIGKILL) }()
	killProgram(t, keeper)
	// The one that was left still holds the first one's output.
	if next := <-lines; next == strconv.Itoa(left) {
		t.Fatal(next)
	}
	end()
}

func TestProgramHasNothingOfOurEnvironment(t *testing.T) {
	t.Setenv("NODE_OPTIONS", "--require=/tmp/injected.js")
	lines := make(told, 16)
	code, err := host.Once(context.Background(), shell(`echo "<$NODE_OPTIONS>"; exit 3`, lines))
	if line := <-lines; err != nil || code != 3 || line != "<>" {
		t.Fatal(line, code, err)
	}
}

func TestProgramThatIsNotThereIsNamed(t *testing.T) {
	lines := make(told, 16)
	log := slog.New(slog.NewTextHandler(lines, nil))
	keeper := host.NewKeeper(host.Program{Path: "/nowhere/agent", Output: io.Discard}, quick, log)
	end := run(t, keeper)
	line := <-lines
	go func() {
		for range lines {
		}
	}()
	end()
	if !strings.Contains(line, "program not started") || !strings.Contains(line, "/nowhere/agent") {
		t.Fatal(line)
	}
}
