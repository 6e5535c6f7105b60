package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/kernel"
	"sallyport.dev/netd/internal/kernel/nstest"
)

// program is the whole netd as a process in a namespace of its own, above the real kernel.
type program struct {
	t       *testing.T
	args    []string
	c       *fakecontroller.Controller
	dir     string
	command *exec.Cmd
	stderr  io.Closer
	drained chan struct{} // closed at the end of its standard error
}

func newProgram(t *testing.T, args ...string) *program {
	t.Helper()
	if abilities := kernel.Probe(); abilities.WireGuard == "none" || !abilities.Nft {
		nstest.Unavailable(t, "this machine has no WireGuard or no nftables")
	}
	p := &program{t: t, args: args, c: fakecontroller.New(t), dir: t.TempDir()}
	p.start()
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// start returns once netd listens.
func (p *program) start() {
	p.t.Helper()
	args := append([]string{"--state-dir", filepath.Join(p.dir, "state"),
		"--run-dir", filepath.Join(p.dir, "run")}, p.args...)
	p.command = exec.Command("/proc/self/exe", args...)
	p.command.Env = append(os.Environ(), asProgram+"=1")
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stderr, err := p.command.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	// The parent-death signal follows the thread that started the child.
	runtime.LockOSThread()
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.stderr = stderr
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"netd runs"`) {
			p.drained = make(chan struct{})
			go p.drain(lines)
			return
		}
		p.t.Log(lines.Text())
	}
	p.t.Fatal("netd did not start")
}

func (p *program) drain(lines *bufio.Scanner) {
	defer close(p.drained)
	for lines.Scan() {
		p.t.Log(lines.Text())
	}
}

// end stops the process by a signal and answers its exit code, -1 when it was killed.
func (p *program) end(signal syscall.Signal) int {
	p.t.Helper()
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
	<-p.drained
	// An error only repeats that the process was killed; its state says so, too.
	_ = p.command.Wait()
	return p.command.ProcessState.ExitCode()
}

func (p *program) socket() string { return filepath.Join(p.dir, "run", "netd.sock") }

func (p *program) enrol(identity string) *fakeagent.Agent {
	p.t.Helper()
	a := fakeagent.Writer(p.t, p.socket())
	a.Do("pin", claims{"p": p.c.Pin()})
	a.Do("trust", claims{"set": json.RawMessage(p.c.Trust(identity))})
	a.Do("key", claims{"privateKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
	return a
}

func (p *program) expectSteps(answer fakeagent.Answer) {
	p.t.Helper()
	for _, step := range answer["steps"].([]any) {
		if step.(map[string]any)["result"] == "failed" {
			p.t.Fatalf("a step failed: %v", answer["steps"])
		}
	}
}

// openGateway has a config in force and one grant live.
func (p *program) openGateway() (a *fakeagent.Agent, config claims) {
	p.t.Helper()
	a = p.enrol(fakecontroller.GateURI)
	now := time.Now().Unix()
	config = claims{"jws": p.c.SignConfig(fakecontroller.Gateway(1, now))}
	p.expectSteps(a.Do("config", config))
	a.Do("grants", claims{"add": []string{p.c.SignGrant(fakecontroller.GrantFor(1, "j1", now))},
		"remove": []string{}})
	return a, config
}

func ruleset(t *testing.T) string {
	t.Helper()
	return nstest.Run(t, "nft", "list", "ruleset")
}
