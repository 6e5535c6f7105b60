package ipc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/strict"
)

type members = fakeagent.Members

// bench is a server with four plain verbs.
type bench struct {
	t       *testing.T
	path    string
	server  *ipc.Server
	role    atomic.Value
	held    atomic.Bool
	release chan struct{} // lets `wait` answer
	waiting chan struct{} // one item per `wait` or `enlarge` that runs
	order   atomic.Int32
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchWith(t, 0)
}

func newBenchWith(t *testing.T, lineTimeout time.Duration) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "netd.sock"),
		release: make(chan struct{}), waiting: make(chan struct{}, 100)}
	b.role.Store(ipc.RoleAgent)
	b.server = ipc.NewServer(ipc.Options{
		Verbs: b.verbs(), PenMoved: b.held.Store, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		RoleOf:      func(peercred.Peer) ipc.Role { return b.role.Load().(ipc.Role) },
		LineTimeout: lineTimeout,
	})
	listener, err := socket.Listen(b.path, socket.Access{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("server ended with %v", err)
		}
	})
	return b
}

func (b *bench) verbs() map[string]ipc.Verb {
	return map[string]ipc.Verb{
		"hello": {Role: ipc.RoleAgent, Parse: func(f *strict.Fields) ipc.Call {
			f.Int("protocol", 1, 1)
			write := f.Bool("write")
			return func(_ context.Context, conn *ipc.Conn) (any, error) {
				conn.Greeted()
				if write {
					conn.TakePen()
				}
				return nil, nil
			}
		}},
		"echo": {Role: ipc.RoleAgent, Pen: true, Parse: func(f *strict.Fields) ipc.Call {
			text := f.Text("text", 1, ipc.MaxLineBytes)
			return func(context.Context, *ipc.Conn) (any, error) { return members{"text": text}, nil }
		}},
		"erase": {Role: ipc.RoleRoot, Parse: func(*strict.Fields) ipc.Call {
			return func(context.Context, *ipc.Conn) (any, error) { return nil, nil }
		}},
		"half": {Role: ipc.RoleAgent, Parse: func(*strict.Fields) ipc.Call {
			return func(context.Context, *ipc.Conn) (any, error) {
				return nil, &ipc.Partial{Fault: fault.New(fault.Ceiling, "b", "no"), Answer: members{"a": 1}}
			}
		}},
		"wait": {Role: ipc.RoleAgent, Aside: true, Parse: func(*strict.Fields) ipc.Call {
			return func(context.Context, *ipc.Conn) (any, error) {
				b.waiting <- struct{}{}
				<-b.release
				return nil, nil
			}
		}},
		"enlarge": {Role: ipc.RoleAgent, Parse: func(*strict.Fields) ipc.Call {
			return func(context.Context, *ipc.Conn) (any, error) {
				b.waiting <- struct{}{}
				<-b.release
				return members{"order": b.order.Add(1)}, nil
			}
		}},
		"change": {
			Role:      ipc.RoleAgent,
			Overtakes: func(f *strict.Fields) bool { return !f.Bool("opens") },
			Parse: func(f *strict.Fields) ipc.Call {
				f.Bool("opens")
				return func(context.Context, *ipc.Conn) (any, error) {
					return members{"order": b.order.Add(1)}, nil
				}
			},
		},
		"listen": {Role: ipc.RoleAgent, Parse: func(f *strict.Fields) ipc.Call {
			events := f.Texts("events", 0, 5, 32)
			return func(_ context.Context, conn *ipc.Conn) (any, error) {
				conn.Subscribe(events)
				return nil, nil
			}
		}},
	}
}

func TestMalformedLinesCostAnErrorAndNothingElse(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	lines := map[string]string{
		"not JSON":               `hello`,
		"empty":                  ``,
		"a list":                 `[]`,
		"no id":                  `{"verb":"echo","text":"x"}`,
		"id as text":             `{"id":"1","verb":"echo","text":"x"}`,
		"negative id":            `{"id":-1,"verb":"echo","text":"x"}`,
		"no verb":                `{"id":1}`,
		"unknown verb":           `{"id":1,"verb":"open"}`,
		"unknown member":         `{"id":1,"verb":"echo","text":"x","more":1}`,
		"member twice":           `{"id":1,"verb":"echo","verb":"erase","text":"x"}`,
		"verb in capitals":       `{"id":1,"VERB":"echo","text":"x"}`,
		"bytes that are no text": "{\"id\":1,\"verb\":\"\xff\"}",
		"deep nesting":           strings.Repeat("[", 100_000),
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			fakeagent.ExpectRefusal(t, a.Raw(line), "bad_request")
			if got := a.Do("echo", members{"text": name}); got["text"] != name {
				t.Fatal(got)
			}
		})
	}
}

func TestRefusalNamesTheRequestWhenItCouldBeRead(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	if got := a.Raw(`{"id":7,"verb":"open"}`); got["id"] != 7.0 {
		t.Fatal(got)
	}
	if got := a.Raw(`{"id":"x","verb":"open"}`); got["id"] != nil {
		t.Fatal(got)
	}
}

func TestOversizedLineIsDroppedAndTheNextIsAnswered(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	fakeagent.ExpectRefusal(t, a.Raw(strings.Repeat("x", ipc.MaxLineBytes+1)), "bad_request")
	large := strings.Repeat("y", ipc.MaxLineBytes/2)
	if got := a.Do("echo", members{"text": large}); got["text"] != large {
		t.Fatal("a line within the limit was not answered")
	}
}

func TestNothingIsAnsweredBeforeHello(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Dial(t, b.path)
	a.Refuse("bad_request", "echo", members{"text": "x"})
	a.Refuse("bad_request", "hello", members{"protocol": 2, "write": true})
	a.Refuse("bad_request", "echo", members{"text": "x"})
}

func TestNewWriterFencesTheOld(t *testing.T) {
	b := newBench(t)
	old := fakeagent.Writer(t, b.path)
	old.Do("echo", members{"text": "x"})
	reader := fakeagent.Dial(t, b.path)
	reader.Do("hello", members{"protocol": 1, "write": false})
	reader.Refuse("conflict", "echo", members{"text": "x"})
	newer := fakeagent.Writer(t, b.path)
	old.Refuse("conflict", "echo", members{"text": "x"})
	newer.Do("echo", members{"text": "x"})
	old.Close()
	newer.Do("echo", members{"text": "x"})
	if !b.held.Load() {
		t.Fatal("the end of the old writer was taken for that of the new one")
	}
}

func TestRolesAreTheKernelsWord(t *testing.T) {
	b := newBench(t)
	fakeagent.Writer(t, b.path).Refuse("permission", "erase", nil)
	b.role.Store(ipc.RoleRoot)
	fakeagent.Writer(t, b.path).Do("erase", nil)
	b.role.Store(ipc.RoleNone)
	fakeagent.ExpectRefusal(t, fakeagent.Dial(t, b.path).Next(), "permission")
}

func TestPartialRefusalCarriesWhatWasDone(t *testing.T) {
	b := newBench(t)
	got := fakeagent.Writer(t, b.path).Refuse("ceiling", "half", nil)
	if got["a"] != 1.0 {
		t.Fatal(got)
	}
}

func TestReadsRunBesideAndAreBounded(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	for range 4 {
		a.Post("wait", nil)
		<-b.waiting
	}
	a.Refuse("busy", "wait", nil)
	a.Do("echo", members{"text": "writes go on"})
	close(b.release)
	for range 4 {
		if got := a.Next(); got["ok"] != true {
			t.Fatal(got)
		}
	}
}

func TestEventsGoToThoseWhoAsked(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	a.Do("listen", members{"events": []string{"one"}})
	b.server.Broadcast("two", 1, nil)
	b.server.Broadcast("one", 2.5, members{"x": "y"})
	if got := a.Next(); got["event"] != "one" || got["at"] != 2.5 || got["x"] != "y" {
		t.Fatal(got)
	}
	b.server.Broadcast("one", 3, nil)
	if got := a.Next(); got["event"] != "one" || len(got) != 2 {
		t.Fatal(got)
	}
}

func TestSlowReaderLosesItsConnectionOnly(t *testing.T) {
	b := newBench(t)
	slow := fakeagent.Writer(t, b.path)
	slow.Do("listen", members{"events": []string{"one"}})
	text := strings.Repeat("z", 1<<16)
	for range 400 {
		b.server.Broadcast("one", 1, members{"x": text})
	}
	other := fakeagent.Writer(t, b.path)
	other.Do("echo", members{"text": "x"})
	if !slow.Ended() {
		t.Fatal("still connected")
	}
}

func TestHalfClosedCallerStillGetsItsAnswers(t *testing.T) {
	b := newBench(t)
	close(b.release)
	for range 50 {
		a := fakeagent.Writer(t, b.path)
		a.Post("echo", members{"text": "x"})
		a.Post("wait", nil)
		a.CloseWrite()
		if first, second := a.Next(), a.Next(); first["ok"] != true || second["ok"] != true {
			t.Fatal(first, second)
		}
		if !a.Ended() {
			t.Fatal("still connected")
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	b := newBench(t)
	for range 24 {
		fakeagent.Writer(t, b.path)
	}
	fakeagent.ExpectRefusal(t, fakeagent.Dial(t, b.path).Next(), "busy")
	b.role.Store(ipc.RoleRoot)
	for range 8 {
		fakeagent.Writer(t, b.path)
	}
	fakeagent.ExpectRefusal(t, fakeagent.Dial(t, b.path).Next(), "busy")
}

// FuzzLine sends arbitrary bytes; afterwards the same connection must still be served.
func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"id":1,"verb":"echo","text":"x"}`))
	f.Add([]byte("{\"id\":1}\n[]\n\x00"))
	f.Add([]byte(`{"id":1,"verb":"hello","protocol":1,"write":true}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := newBench(t)
		conn, err := net.Dial("unix", b.path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write(append(raw, '\n')); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if answer, err := bufio.NewReader(conn).ReadBytes('\n'); err != nil || !json.Valid(answer) {
			t.Fatalf("%q is answered with %q, %v", raw, answer, err)
		}
		fakeagent.Writer(t, b.path).Do("echo", members{"text": "x"})
	})
}
