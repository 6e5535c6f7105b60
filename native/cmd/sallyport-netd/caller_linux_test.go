package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/kernel/nstest"
)

const asCaller = "SALLYPORT_TEST_AS_CALLER"

const (
	agentUser = "nobody"
	nobodyUID = 65534
	userUID   = 65533
)

// callAndPrint is the test binary as another user: it sends its input to a socket and prints the
// answers.
func callAndPrint(path string) int {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if _, err := io.Copy(conn, os.Stdin); err != nil {
		return 2
	}
	if err := conn.CloseWrite(); err != nil {
		return 3
	}
	if _, err := io.Copy(os.Stdout, conn); err != nil {
		return 4
	}
	return 0
}

// call sends lines as a user and answers what was printed.
func (p *program) call(uid uint32, socketName, lines string) string {
	p.t.Helper()
	command := exec.Command("/proc/self/exe", filepath.Join(p.dir, "run", socketName))
	command.Env = []string{asCaller + "=1"}
	command.Stdin = strings.NewReader(lines)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	output, err := command.Output()
	if err != nil && command.ProcessState == nil {
		p.t.Fatal(err)
	}
	return string(output)
}

func TestRolesFollowTheKernelsWordOnRealSockets(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: other accounts call")
	}
	if !nstest.Isolate(t) {
		return
	}
	if os.Getenv("SALLYPORT_TEST_ROOTLESS") != "" {
		t.Skip("a user namespace of one account has no others")
	}
	p := newProgram(t, "--socket-user", agentUser)
	for dir := filepath.Join(p.dir, "run"); dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	hello := `{"id":1,"verb":"hello","protocol":1,"write":true}` + "\n"
	pin := `{"id":2,"verb":"pin","p":"` + p.c.Pin() + `"}` + "\n"
	answers := json.NewDecoder(bytes.NewBufferString(p.call(nobodyUID, "netd.sock", hello+pin)))
	var greeted, pinned fakeagent.Answer
	if err := answers.Decode(&greeted); err != nil || greeted["role"] != "agent" ||
		greeted["uid"] != float64(nobodyUID) {
		t.Fatal(greeted, err)
	}
	if err := answers.Decode(&pinned); err != nil {
		t.Fatal(err)
	}
	fakeagent.ExpectRefusal(t, pinned, "permission")
	if printed := p.call(userUID, "netd.sock", hello); !strings.Contains(printed, "permission denied") {
		t.Fatalf("another user was let in: %s", printed)
	}
	if printed := p.call(userUID, "local.sock", hello); printed != "" {
		t.Fatalf("an answer without an agent: %s", printed)
	}
	fakeagent.Writer(t, p.socket()).Do("pin", fakeagent.Members{"p": p.c.Pin()})
}
