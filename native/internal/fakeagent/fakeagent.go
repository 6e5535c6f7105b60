// Package fakeagent talks to netd as the agent does, or as a hostile one would. It is for tests
// only.
package fakeagent

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// Members are the members of a request beside id and verb.
type Members = map[string]any

// Answer is one line of netd.
type Answer = map[string]any

// Agent is one connection.
type Agent struct {
	t      *testing.T
	socket *net.UnixConn
	lines  *bufio.Reader
	nextID int
}

// Dial connects and says nothing; the connection lives as long as the test.
func Dial(t *testing.T, path string) *Agent {
	t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &Agent{t: t, socket: conn, lines: bufio.NewReaderSize(conn, 1<<20)}
}

// Writer connects and takes the pen.
func Writer(t *testing.T, path string) *Agent {
	t.Helper()
	a := Dial(t, path)
	a.Do("hello", Members{"protocol": 1, "write": true})
	return a
}

// Close ends the connection.
func (a *Agent) Close() { a.socket.Close() }

// CloseWrite says that no request will follow.
func (a *Agent) CloseWrite() {
	a.t.Helper()
	if err := a.socket.CloseWrite(); err != nil {
		a.t.Fatal(err)
	}
}

// Raw sends one line as it stands and answers the next line of netd.
func (a *Agent) Raw(line string) Answer {
	a.t.Helper()
	a.write(line)
	return a.Next()
}

// Next waits for one line.
func (a *Agent) Next() Answer {
	a.t.Helper()
	if err := a.socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		a.t.Fatal(err)
	}
	line, err := a.lines.ReadBytes('\n')
	if err != nil {
		a.t.Fatalf("no answer: %v", err)
	}
	var got Answer
	if err := json.Unmarshal(line, &got); err != nil {
		a.t.Fatalf("answer is not JSON: %s", line)
	}
	return got
}

// Send makes a request and answers whatever netd says.
func (a *Agent) Send(verb string, members Members) Answer {
	a.t.Helper()
	a.Post(verb, members)
	return a.Next()
}

// Post makes a request and does not wait for the answer.
func (a *Agent) Post(verb string, members Members) {
	a.t.Helper()
	a.nextID++
	request := Members{"id": a.nextID, "verb": verb}
	for name, value := range members {
		request[name] = value
	}
	line, err := json.Marshal(request)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(string(line))
}

func (a *Agent) write(line string) {
	a.t.Helper()
	if _, err := a.socket.Write([]byte(line + "\n")); err != nil {
		a.t.Fatal(err)
	}
}

// Ended reads until netd closes the connection; false when it stays open.
func (a *Agent) Ended() bool {
	a.t.Helper()
	if err := a.socket.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		a.t.Fatal(err)
	}
	_, err := io.Copy(io.Discard, a.lines)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// Do makes a request that must succeed.
func (a *Agent) Do(verb string, members Members) Answer {
	a.t.Helper()
	got := a.Send(verb, members)
	if got["ok"] != true {
		a.t.Fatalf("%s: %v", verb, got)
	}
	return got
}

// Refuse makes a request that must fail with this code.
func (a *Agent) Refuse(code, verb string, members Members) Answer {
	a.t.Helper()
	got := a.Send(verb, members)
	ExpectRefusal(a.t, got, code)
	return got
}

// ExpectRefusal checks the code of a refusal.
func ExpectRefusal(t *testing.T, got Answer, code string) {
	t.Helper()
	problem, _ := got["error"].(map[string]any)
	if got["ok"] != false || problem["code"] != code {
		t.Fatalf("want %s, got %v", code, got)
	}
}
