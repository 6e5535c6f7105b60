package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/kernel/nstest"
)

type claims = fakecontroller.Claims

const asProgram = "SALLYPORT_TEST_AS_NETD"

// TestMain lets the test binary be netd itself, so that tests can stop and kill a real process, or
// a caller under another account.
func TestMain(m *testing.M) {
	if child.IsCall(os.Args[1:]) {
		os.Exit(child.Run(os.Args[1:], os.Stderr))
	}
	if os.Getenv(asProgram) != "" {
		os.Exit(confined())
	}
	if os.Getenv(asCaller) != "" {
		os.Exit(callAndPrint(os.Args[1]))
	}
	os.Exit(m.Run())
}

func TestGatewayOpensOnlyWhatWasSigned(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a := p.enrol(fakecontroller.GateURI)
	now := time.Now().Unix()
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(fakecontroller.Gateway(1, now))}))
	forged := fakecontroller.New(t).SignGrant(fakecontroller.GrantFor(2, "j2", now))
	a.Refuse("bad_signature", "grants", claims{"add": []string{forged}, "remove": []string{}})
	if strings.Contains(ruleset(t), "100.96.1.2") {
		t.Fatal("a forged grant reached the kernel")
	}
	good := p.c.SignGrant(fakecontroller.GrantFor(1, "j1", now))
	a.Do("grants", claims{"add": []string{good}, "remove": []string{}})
	rules := ruleset(t)
	if !strings.Contains(rules, "100.96.1.1") || !strings.Contains(rules, "fd96:1:2::11") {
		t.Fatalf("the grant is not in the kernel:\n%s", rules)
	}
	seen := a.Do("observe", nil)["observed"].(map[string]any)
	if live := seen["grants"].([]any)[0].(map[string]any)["liveMs"].(float64); live <= 0 ||
		live > 120_000 {
		t.Fatalf("observed %v", seen)
	}
	a.Do("grants", claims{"add": []string{}, "remove": []string{"j1"}})
	if strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatal("a removed grant is still in the kernel")
	}
}

func TestGatewayKeepsItsFlowsWhileNetdRestarts(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a, config := p.openGateway()
	if code := p.end(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d after SIGTERM", code)
	}
	if !strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatal("netd took the grant with it")
	}
	p.start()
	a = fakeagent.Writer(t, p.socket())
	if !strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatal("the new netd swept what it found")
	}
	p.expectSteps(a.Do("config", config))
	if !strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatal("the first config swept what was live")
	}
	a.Do("leave", nil)
	if rules := ruleset(t); strings.Contains(rules, "sallyport") {
		t.Fatalf("something of ours stayed:\n%s", rules)
	}
}

func TestFlushedGatewayGetsItsLocksAndGrantsBack(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a, _ := p.openGateway()
	a.Do("subscribe", claims{"events": []string{"tampered"}})
	nstest.Run(t, "nft", "flush", "ruleset")
	if event := a.Next(); event["what"] != "nft" {
		t.Fatal(event)
	}
	if !strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatalf("the grant did not come back:\n%s", ruleset(t))
	}
	a.Do("grants", claims{"add": []string{}, "remove": []string{"j1"}})
	if strings.Contains(ruleset(t), "100.96.1.1") {
		t.Fatal("a removed grant is still in the kernel")
	}
}

func TestDeviceKeepsItsGuardUntilItLeaves(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a := p.enrol(fakecontroller.DeviceURI)
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(fakecontroller.Tunnel(1,
		time.Now().Unix()))}))
	seen := a.Do("observe", nil)["observed"].(map[string]any)
	guard := seen["guard"].(map[string]any)
	if seen["kind"] != "device" || guard["table"] != true || guard["rules"] != true ||
		len(seen["routes"].([]any)) != 4 {
		t.Fatalf("observed %v", seen)
	}
	wide := fakecontroller.Tunnel(2, time.Now().Unix())
	wide["protectedPrefixes"] = []string{"0.0.0.0/0"}
	a.Refuse("ceiling", "config", claims{"jws": p.c.SignConfig(wide)})
	p.end(syscall.SIGKILL)
	nstest.Run(t, "nft", "delete", "table", "inet", "sallyport_guard")
	p.start()
	a = fakeagent.Writer(t, p.socket())
	for deadline := time.Now().Add(time.Minute); !strings.Contains(ruleset(t), "sallyport_guard"); {
		if time.Now().After(deadline) {
			t.Fatal("the guard did not come back")
		}
		time.Sleep(5 * time.Millisecond)
	}
	a.Do("leave", nil)
	rules := nstest.Run(t, "ip", "rule", "show")
	if strings.Contains(ruleset(t), "sallyport") || strings.Contains(rules, "535") {
		t.Fatalf("something of ours stayed:\n%s", rules)
	}
}

func TestForeignFirewallChangeIsToldAndOursIsNot(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a := p.enrol(fakecontroller.DeviceURI)
	a.Do("subscribe", claims{"events": []string{"firewallChanged", "addressChanged"}})
	a.Post("config", claims{"jws": p.c.SignConfig(fakecontroller.Tunnel(1, time.Now().Unix()))})
	for range 3 { // the answer and two addresses, in any order
		if line := a.Next(); line["event"] == "firewallChanged" {
			t.Fatalf("our own table was reported: %v", line)
		}
	}
	nstest.Run(t, "nft", "add table inet theirs; add chain inet theirs input")
	for event := a.Next(); event["event"] != "firewallChanged"; event = a.Next() {
		t.Log(event)
	}
	seen := a.Do("read", claims{"what": "nft.chains"})
	if raw := seen["raw"].(string); seen["exitCode"] != 0.0 || !strings.Contains(raw, "theirs") {
		t.Fatal(raw)
	}
}

func TestFullDiskOpensNothingAndStillCloses(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a := p.enrol(fakecontroller.DeviceURI)
	now := time.Now().Unix()
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(fakecontroller.Tunnel(1, now))}))
	p.end(syscall.SIGTERM)
	state := filepath.Join(p.dir, "state")
	nstest.Run(t, "cp", "-a", state, state+".kept")
	nstest.Run(t, "mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", state)
	t.Cleanup(func() { nstest.Run(t, "umount", "-l", state) })
	nstest.Run(t, "cp", "-a", state+".kept/.", state)
	p.start()
	a = fakeagent.Writer(t, p.socket())
	p.expectSteps(a.Do("config", claims{"jws": p.c.SignConfig(fakecontroller.Tunnel(2, now))}))
	err := os.WriteFile(filepath.Join(state, "filler"), make([]byte, 1<<20), 0o600)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	moved := fakecontroller.Tunnel(3, now)
	moved["sites"].([]claims)[0]["routes"] = []string{"10.50.0.99/32", "fd50::10/128"}
	a.Refuse("no_space", "config", claims{"jws": p.c.SignConfig(moved)})
	nstest.Run(t, "mount", "-o", "remount,bind,ro", state)
	a.Refuse("read_only", "config", claims{"jws": p.c.SignConfig(moved)})
	nstest.Run(t, "mount", "-o", "remount,bind,rw", state)
	seen := a.Do("observe", nil)["observed"].(map[string]any)
	routes := fmt.Sprint(seen["routes"])
	if strings.Contains(routes, "10.50.0.99") || strings.Contains(routes, "10.50.0.10/32") ||
		!strings.Contains(routes, "fd50::10/128") {
		t.Fatalf("routes: %s", routes)
	}
	p.end(syscall.SIGTERM)
	p.start()
	if code := run([]string{"--state-dir", state, "--run-dir", filepath.Join(p.dir, "other")},
		io.Discard); code != exitSecond {
		t.Fatalf("a second daemon on a full disk: exit code %d", code)
	}
	a = fakeagent.Writer(t, p.socket())
	seen = a.Do("observe", nil)["observed"].(map[string]any)
	if guard := seen["guard"].(map[string]any); guard["table"] != true || guard["rules"] != true {
		t.Fatalf("guard after a start on a full disk: %v", guard)
	}
}

func TestADiskThatTakesNoStateFolderIsNamed(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	for options, code := range map[string]string{"nr_inodes=1": "SP-404", "ro": "SP-414"} {
		disk := t.TempDir()
		nstest.Run(t, "mount", "-t", "tmpfs", "-o", options, "tmpfs", disk)
		t.Cleanup(func() { nstest.Run(t, "umount", "-l", disk) })
		said := &strings.Builder{}
		state := filepath.Join(disk, "sallyport", "netd")
		if exit := run([]string{"--state-dir", state, "--run-dir", t.TempDir()}, said); exit != exitDisk ||
			!strings.Contains(said.String(), `"code":"`+code+`"`) {
			t.Errorf("%s: exit code %d, %s", options, exit, said)
		}
	}
}

func TestAStateFolderThatIsNoneIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	loop := filepath.Join(t.TempDir(), "loop")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(loop, loop)); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{file, filepath.Join(file, "netd"), loop} {
		said := &strings.Builder{}
		exit := run([]string{"--state-dir", state, "--run-dir", t.TempDir()}, said)
		if exit != exitUsage || !strings.Contains(said.String(), `"code":"SP-415"`) {
			t.Errorf("%s: exit code %d, %s", state, exit, said)
		}
	}
}

func TestLogThatNobodyReadsDoesNotEndNetd(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	p.stderr.Close()
	a := p.enrol(fakecontroller.GateURI)
	for range 3 { // each writes a line to the broken pipe
		a.Do("link", claims{"up": true})
	}
	p.end(syscall.SIGTERM)
}

func TestBadSetupIsAUsageError(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"folder that others may enter": {"--state-dir", dir, "--run-dir", filepath.Join(dir, "run")},
		"account that is none": {"--state-dir", filepath.Join(dir, "s"), "--run-dir",
			filepath.Join(dir, "run"), "--socket-user", "no such account"},
		"level that is none": {"--log-level", "loud"},
		"surplus argument":   {"surplus"},
	} {
		t.Run(name, func(t *testing.T) {
			if code := run(args, io.Discard); code != exitUsage {
				t.Fatalf("exit code %d", code)
			}
		})
	}
}

func TestSecondDaemonIsRefused(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	said := &strings.Builder{}
	code := run([]string{"--state-dir", filepath.Join(p.dir, "state"),
		"--run-dir", filepath.Join(p.dir, "other")}, said)
	if code != exitSecond || !strings.Contains(said.String(), `"code":"SP-303"`) {
		t.Fatalf("exit code %d, %s", code, said)
	}
}

func TestNetdHoldsItsCapabilitiesOnlyInEveryThread(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	p.enrol(fakecontroller.GateURI)
	const kept = 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_NET_BIND_SERVICE | 1<<unix.CAP_CHOWN |
		1<<unix.CAP_FOWNER | 1<<unix.CAP_NET_RAW
	wanted := fmt.Sprintf("%016x", kept)
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.command.Process.Pid))
	if err != nil || len(tasks) < 2 {
		t.Fatalf("threads: %v, %v", tasks, err)
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // a thread that ended since
		}
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(status)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
			wrong := false
			switch name {
			case "CapEff", "CapPrm", "CapBnd":
				wrong = value != wanted
			case "CapInh", "CapAmb":
				wrong = value != "0000000000000000"
			case "NoNewPrivs":
				wrong = value != "1"
			case "Seccomp":
				wrong = value != "2"
			}
			if wrong {
				t.Errorf("%s: %s is %s", task, name, value)
			}
		}
	}
}
