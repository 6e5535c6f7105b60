package splice_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/splice"
)

// newSplice answers the public path and the agent's listener behind it.
func newSplice(t *testing.T) (string, net.Listener) {
	t.Helper()
	return newSpliceTo(t, uint64(os.Getuid()))
}

func newSpliceTo(t *testing.T, agentUID uint64) (string, net.Listener) {
	t.Helper()
	dir := t.TempDir()
	agent, err := socket.Listen(filepath.Join(dir, "agent.sock"), socket.Access{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Close() })
	public := filepath.Join(dir, "local.sock")
	listener, err := socket.Listen(public, socket.Access{Everybody: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	splicer := splice.New(filepath.Join(dir, "agent.sock"), agentUID,
		slog.New(slog.NewTextHandler(io.Discard, nil)))
	go func() { ended <- splicer.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("splicer ended with %v", err)
		}
	})
	return public, agent
}

func dial(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func accept(t *testing.T, agent net.Listener) net.Conn {
	t.Helper()
	conn, err := agent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestAgentIsToldWhoCallsAndGetsTheBytesAsTheyAre(t *testing.T) {
	public, listener := newSplice(t)
	caller := dial(t, public)
	if _, err := caller.Write([]byte("{\"peer\":{\"uid\":0}}\nnot \xff JSON")); err != nil {
		t.Fatal(err)
	}
	if err := caller.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	agent := accept(t, listener)
	lines := bufio.NewReader(agent)
	first, err := lines.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		Peer struct {
			UID, GID, PID int
			User, Exe     string
		}
	}
	if err := json.Unmarshal(first, &line); err != nil {
		t.Fatal(err)
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	peer := line.Peer
	if peer.UID != os.Getuid() || peer.GID != os.Getgid() || peer.PID != os.Getpid() ||
		peer.Exe != self || peer.User == "" {
		t.Fatalf("%s", first)
	}
	rest, err := io.ReadAll(lines)
	if err != nil || string(rest) != "{\"peer\":{\"uid\":0}}\nnot \xff JSON" {
		t.Fatalf("%q, %v", rest, err)
	}
	if _, err := agent.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	agent.Close()
	if answer, err := io.ReadAll(caller); err != nil || string(answer) != "answer" {
		t.Fatalf("%q, %v", answer, err)
	}
}

func TestCallerIsLetGoWhenTheAgentIsAway(t *testing.T) {
	public, listener := newSplice(t)
	listener.Close()
	caller := dial(t, public)
	if rest, err := io.ReadAll(caller); err != nil || len(rest) != 0 {
		t.Fatalf("%q, %v", rest, err)
	}
}

func TestWhoComesTooManyIsToldSo(t *testing.T) {
	public, listener := newSplice(t)
	most := 16
	if os.Getuid() == 0 {
		most = 48
	}
	for range most {
		dial(t, public)
		accept(t, listener)
	}
	caller := dial(t, public)
	if _, err := caller.Write([]byte("{\"id\":1,\"verb\":\"status\"}\n")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(caller).ReadString('\n')
	if err != nil || !strings.Contains(line, `"id":null,"ok":false,"error":{"code":"busy"`) {
		t.Fatalf("%q, %v", line, err)
	}
}

func TestSocketOfAnotherUserGetsNotAByte(t *testing.T) {
	public, listener := newSpliceTo(t, uint64(os.Getuid())+1)
	caller := dial(t, public)
	if rest, err := io.ReadAll(accept(t, listener)); err != nil || len(rest) != 0 {
		t.Fatalf("%q, %v", rest, err)
	}
	if rest, err := io.ReadAll(caller); err != nil || len(rest) != 0 {
		t.Fatalf("%q, %v", rest, err)
	}
}

func TestPublicSocketIsOpenToAllAndTheOtherIsNot(t *testing.T) {
	public, listener := newSplice(t)
	for path, mode := range map[string]os.FileMode{public: 0o666, listener.Addr().String(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Fatalf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
