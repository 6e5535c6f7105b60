//go:build linux

package confine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	asProgram = "SALLYPORT_TEST_CONFINED"
	confined  = "confined"
)

// TestMain lets the test binary be a program that tries what is forbidden, as netd and as its
// resolver child.
func TestMain(m *testing.M) {
	switch role := os.Getenv(asProgram); {
	case len(os.Args) == 2 && os.Args[1] == insideResolver:
		os.Exit(escape())
	case role == resolver:
		fmt.Println(StartResolver("/proc/self/exe", []string{"resolver", insideResolver}))
		os.Exit(1)
	case role == "":
		os.Exit(m.Run())
	case role == confined:
		if err := Daemon(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(tryAll()); err != nil {
		os.Exit(1)
	}
}

// tryAll answers what each attempt ended with; "" is success.
func tryAll() map[string]string {
	socket := func(family int) error {
		descriptor, err := unix.Socket(family, unix.SOCK_DGRAM, 0)
		if err == nil {
			_ = unix.Close(descriptor)
		}
		return err
	}
	results := map[string]string{}
	for name, attempt := range map[string]func() error{
		"socket inet":   func() error { return socket(unix.AF_INET) },
		"socket vsock":  func() error { return socket(unix.AF_VSOCK) },
		"socket alg":    func() error { return socket(unix.AF_ALG) },
		"socket packet": func() error { return socket(unix.AF_PACKET) },
		"chroot":        func() error { return unix.Chroot("/") },
		"keyring": func() error {
			_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_PROCESS_KEYRING, true)
			return err
		},
		"another program": func() error { return exec.Command("/bin/true").Run() },
		"namespace": func() error {
			command := exec.Command("/bin/true")
			command.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWUTS}
			return command.Run()
		},
		"unshare": func() error { return unix.Unshare(unix.CLONE_NEWUTS) },
	} {
		results[name] = ""
		if err := attempt(); err != nil {
			results[name] = errorNumber(err)
		}
	}
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		results["status"] = err.Error()
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp":
			results[name] = strings.TrimSpace(value)
		}
	}
	return results
}

func errorNumber(err error) string {
	var number unix.Errno
	if errors.As(err, &number) {
		return unix.ErrnoName(number)
	}
	return err.Error()
}

func runAs(t *testing.T, role string) map[string]string {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), asProgram+"="+role)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]string{}
	if err := json.Unmarshal(output, &results); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return results
}

func TestAConfinedProcessCannotGoOn(t *testing.T) {
	control, got := runAs(t, "control"), runAs(t, confined)
	if control["socket inet"] != "" || got["socket inet"] != "" || got["another program"] != "" {
		t.Errorf("what must work: control %v, confined %v", control, got)
	}
	for name, want := range map[string]string{
		"chroot": "EPERM", "keyring": "EPERM", "unshare": "EPERM", "namespace": "EPERM",
		"socket vsock": "EAFNOSUPPORT", "socket alg": "EAFNOSUPPORT",
		"NoNewPrivs": "1", "Seccomp": "2", "CapInh": "0000000000000000",
		"CapAmb": "0000000000000000",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q (unconfined %q)", name, got[name], want, control[name])
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	for _, name := range []string{"chroot", "unshare", "namespace", "socket packet"} {
		if control[name] != "" {
			t.Errorf("the control is refused %s, too: %s", name, control[name])
		}
	}
	for _, name := range []string{"CapEff", "CapPrm", "CapBnd"} {
		if want := fmt.Sprintf("%016x", needed().capabilities); got[name] != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
}
