//go:build linux

package confine

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	resolver       = "resolver"
	insideResolver = "--inside"
)

// escape tries what a taken child would try, and prints what it got.
func escape() int {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err == nil {
		err = Resolver()
	}
	if err != nil {
		fmt.Println("not entered:", err)
		return 1
	}
	attempt := func(what string, err error) {
		if err == nil {
			fmt.Println("got", what)
		}
	}
	_, err = os.Open("/etc/passwd")
	attempt("a file", err)
	attempt("a written file", os.WriteFile("/tmp/sallyport-escape", nil, 0o600))
	attempt("a program", unix.Exec("/bin/true", []string{"true"}, nil))
	_, err = net.Dial("unix", "/run/sallyport/netd.sock")
	attempt("netd's socket", onlyForbidden(err))
	for name, family := range map[string]int{"unix": unix.AF_UNIX, "netlink": unix.AF_NETLINK,
		"packet": unix.AF_PACKET} {
		_, err = unix.Socket(family, unix.SOCK_RAW, 0)
		attempt("a socket of "+name, err)
	}
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	attempt("a raw socket", err)
	attempt("a signal to netd", unix.Kill(os.Getppid(), 0))
	attempt("a trace of netd", unix.PtraceAttach(os.Getppid()))
	attempt("a namespace", unix.Unshare(unix.CLONE_NEWNET))
	_, err = socket.WriteTo([]byte("x"), socket.LocalAddr())
	if err != nil {
		fmt.Println("its own socket is gone:", err)
	}
	if _, err = net.Dial("udp", "127.0.0.1:53"); err != nil {
		fmt.Println("no new socket of IP:", err)
	}
	fmt.Println("done")
	return 0
}

// onlyForbidden lets count as caught what the filter refused; anything else went too far.
func onlyForbidden(err error) error {
	if err != nil && strings.Contains(err.Error(), "operation not permitted") {
		return err
	}
	return nil
}

func TestAttackATakenResolverChildGetsNothing(t *testing.T) {
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), asProgram+"="+resolver)
	output, err := command.CombinedOutput()
	if err != nil || strings.TrimSpace(string(output)) != "done" {
		t.Errorf("%v: %s", err, output)
	}
}

func TestAProcessWithCapabilitiesDoesNotEnter(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("an ordinary user has none to begin with")
	}
	if err := refuseCapabilities(); err == nil {
		t.Error("capabilities of root were not seen")
	}
}
