//go:build linux

// Package nstest runs tests in network namespaces of their own. Production code never imports it.
package nstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const marker = "SALLYPORT_TEST_NAMESPACE"

// Slowness stretches all waiting on a machine that is an emulated one.
var Slowness = func() time.Duration {
	if times, err := strconv.Atoi(os.Getenv("SALLYPORT_TEST_SLOWNESS")); err == nil && times > 0 {
		return time.Duration(times)
	}
	return 1
}()

// Isolate runs the calling test again in a child process with fresh network and mount
// namespaces, as root of a user namespace when not root. It answers true inside the child; the
// parent just reports. Where the system refuses, the test is skipped with the reason, or fails
// when CI runs it as root.
func Isolate(t *testing.T) bool {
	t.Helper()
	if os.Getenv(marker) == t.Name() {
		run(t, "ip", "link", "set", "lo", "up")
		return true
	}
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	command := exec.Command("/proc/self/exe", "-test.run="+pattern, "-test.v",
		fmt.Sprintf("-test.timeout=%s", Slowness*5*time.Minute))
	command.Env = append(os.Environ(), marker+"="+t.Name())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNET | unix.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Getuid() != 0 || os.Getenv("SALLYPORT_TEST_ROOTLESS") != "" {
		command.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil && strings.Contains(string(output), "--- SKIP"):
		t.Skip(words(t.Name(), string(output)))
	case err == nil:
	case errors.As(err, &exit):
		t.Fatal(words(t.Name(), string(output)))
	default:
		Unavailable(t, fmt.Sprintf("no network namespace: %v", err))
	}
	return false
}

// words leaves out the frame that the child put around its test: whoever lists a test by the first
// line that it said reads why.
func words(test, output string) string {
	frame := regexp.MustCompile(`(?m)^(=== \w+ +|--- \w+: )` + regexp.QuoteMeta(test) + `( \(.*\))?\n|^(PASS|FAIL)\n`)
	if kept := strings.TrimSpace(frame.ReplaceAllString(output, "")); kept != "" {
		return kept
	}
	return output
}

// Unavailable skips with the reason, or fails when CI runs as root: there everything must run.
func Unavailable(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" && os.Getuid() == 0 {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// Namespace is another network namespace, entered by the thread of one function at a time.
type Namespace struct{ file *os.File }

// NewNamespace makes a network namespace that lives as long as the test.
func NewNamespace(t *testing.T) *Namespace {
	t.Helper()
	namespace := &Namespace{}
	done := make(chan error)
	go func() {
		// Never unlocked: the runtime ends the thread with the goroutine.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			done <- err
			return
		}
		file, err := os.Open("/proc/thread-self/ns/net")
		namespace.file = file
		done <- err
	}()
	if err := <-done; err != nil {
		Unavailable(t, fmt.Sprintf("no second network namespace: %v", err))
	}
	t.Cleanup(func() { _ = namespace.file.Close() })
	namespace.Run(t, "ip", "link", "set", "lo", "up")
	return namespace
}

// Do runs a function with its thread inside the namespace; goroutines it starts are outside.
func (n *Namespace) Do(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err)
		}
		do()
	}()
	<-done
}

// Run starts a program inside the namespace and fails the test when it fails.
func (n *Namespace) Run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	output := ""
	n.Do(func() { output = run(t, name, arguments...) })
	return output
}

// Run starts a program in the test's own namespace and fails the test when it fails.
func Run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	return run(t, name, arguments...)
}

func run(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	if name == "sysctl" {
		return parameters(t, arguments)
	}
	path := name
	for _, folder := range []string{"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"} {
		if _, err := os.Stat(folder + name); err == nil {
			path = folder + name
			break
		}
	}
	output, err := exec.Command(path, arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

// parameters does what sysctl does with NAME=VALUE and NAME: a bare system has no such program.
func parameters(t *testing.T, arguments []string) string {
	t.Helper()
	output := ""
	for _, argument := range arguments {
		if strings.HasPrefix(argument, "-") {
			continue
		}
		name, value, set := strings.Cut(argument, "=")
		path := "/proc/sys/" + strings.ReplaceAll(name, ".", "/")
		if set {
			if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
				t.Errorf("sysctl %s: %v", argument, err)
			}
			continue
		}
		found, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("sysctl %s: %v", argument, err)
		}
		output += string(found)
	}
	return output
}

// Adopt moves an interface of the test's own namespace into this one.
func (n *Namespace) Adopt(t *testing.T, name string) {
	t.Helper()
	link, err := netlink.LinkByName(name)
	if err == nil {
		err = netlink.LinkSetNsFd(link, int(n.file.Fd()))
	}
	if err != nil {
		t.Fatalf("move %s: %v", name, err)
	}
}
