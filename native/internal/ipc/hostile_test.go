package ipc_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/ipc"
)

func dialRaw(t *testing.T, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	for ; errors.Is(err, syscall.EAGAIN) && t.Context().Err() == nil; conn, err = net.Dial("unix", path) {
		runtime.Gosched() // more wait to be accepted than this system allows
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// closed waits until the server has ended the connection.
func closed(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for buffer := make([]byte, 4096); ; {
		if _, err := conn.Read(buffer); err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Fatal("the connection stays open")
			}
			return
		}
	}
}

func TestACallerThatDripsALineLosesItsConnection(t *testing.T) {
	b := newBenchWith(t, 200*time.Millisecond)
	for _, begun := range []string{"{", `{"id":1,"verb":"echo","text":"`, strings.Repeat(" ", 1<<20)} {
		conn := dialRaw(t, b.path)
		// A slow machine may lose its patience before all is written.
		_, _ = conn.Write([]byte(begun))
		closed(t, conn)
	}
	fakeagent.Writer(t, b.path).Do("echo", members{"text": "x"})
}

func TestALongLineCostsItsSenderAnErrorAndNoMore(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	for _, size := range []int{ipc.MaxLineBytes + 1, 3 * ipc.MaxLineBytes} {
		fakeagent.ExpectRefusal(t, a.Raw(strings.Repeat("x", size)), "bad_request")
	}
	a.Do("echo", members{"text": "x"})
}

func TestRefusedCallersTakeNoPlace(t *testing.T) {
	b := newBench(t)
	b.role.Store(ipc.RoleNone)
	for range 100 {
		fakeagent.ExpectRefusal(t, fakeagent.Dial(t, b.path).Next(), "permission")
	}
	b.role.Store(ipc.RoleAgent)
	fakeagent.Writer(t, b.path).Do("echo", members{"text": "x"})
}

func TestThousandsOfConnectionsLeaveNothingBehind(t *testing.T) {
	b := newBench(t)
	steady := fakeagent.Writer(t, b.path)
	before := runtime.NumGoroutine()
	random := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		conn := dialRaw(t, b.path)
		garbage := make([]byte, random.IntN(200))
		for index := range garbage {
			garbage[index] = byte(random.Uint32())
		}
		if random.IntN(2) == 0 {
			garbage = append(garbage, '\n')
		}
		// The server may have closed it before, as one too many.
		_, _ = conn.Write(garbage)
		_ = conn.Close()
	}
	steady.Do("echo", members{"text": "still there"})
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > before+5; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

func TestEveryWayToCutALineIsOneLine(t *testing.T) {
	b := newBench(t)
	hello := []byte(`{"id":1,"verb":"hello","protocol":1,"write":true}` + "\n")
	for cut := range hello {
		conn := dialRaw(t, b.path)
		for _, part := range [][]byte{hello[:cut], hello[cut:]} {
			if _, err := conn.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		answer := make([]byte, 64)
		if _, err := conn.Read(answer); err != nil || !bytes.Contains(answer, []byte(`"ok":true`)) {
			t.Fatalf("cut at %d: %s, %v", cut, answer, err)
		}
		_ = conn.Close()
	}
}
