package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/kernel/nstest"
)

// withdraw runs `--withdraw` on the program's folders and answers its exit code.
func (p *program) withdraw() int {
	p.t.Helper()
	args := append([]string{"--withdraw", "--state-dir", p.dir + "/state", "--run-dir", p.dir + "/run"},
		p.args...)
	command := exec.Command("/proc/self/exe", args...)
	command.Env = append(os.Environ(), asProgram+"=1")
	output, err := command.CombinedOutput()
	if command.ProcessState == nil {
		p.t.Fatal(err)
	}
	p.t.Log(string(output))
	return command.ProcessState.ExitCode()
}

func TestWithdrawClearsTheKernelAndKeepsTheState(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a := p.enrol(fakecontroller.DeviceURI)
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(fakecontroller.Tunnel(1,
		time.Now().Unix()))}))
	if code := p.withdraw(); code != exitSecond || !strings.Contains(ruleset(t), "sallyport_guard") {
		t.Fatalf("exit code %d beside a running netd; rules:\n%s", code, ruleset(t))
	}
	p.end(syscall.SIGTERM)
	if code := p.withdraw(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	rules := nstest.Run(t, "ip", "rule", "show")
	links := nstest.Run(t, "ip", "link", "show")
	if strings.Contains(ruleset(t), "sallyport") || strings.Contains(rules, "535") ||
		strings.Contains(links, "sp0") {
		t.Fatalf("something of ours stayed:\n%s%s", rules, links)
	}
	p.start()
	if !strings.Contains(ruleset(t), "sallyport_guard") {
		t.Fatal("the state was not kept: a new netd has no guard to put back")
	}
}
