package ipc

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/strict"
)

const (
	queueLines = 256
	// So many requests of a connection wait their turn before it is read no further.
	maxWaiting   = 16
	writeTimeout = 10 * time.Second
)

// Conn is one caller.
type Conn struct {
	Peer peercred.Peer
	Role Role

	server *Server
	socket net.Conn
	queue  chan []byte
	closed chan struct{}
	close  sync.Once
	ended  chan struct{} // closed when no answer will come any more
	aside  chan struct{}
	beside sync.WaitGroup

	mutex  sync.Mutex
	greet  bool
	events []string
}

func newConn(server *Server, socket net.Conn, peer peercred.Peer, role Role) *Conn {
	return &Conn{
		Peer: peer, Role: role, server: server, socket: socket,
		queue: make(chan []byte, queueLines), closed: make(chan struct{}),
		ended: make(chan struct{}), aside: make(chan struct{}, maxAside),
	}
}

// Greeted notes that the caller said hello; before that nothing else is answered.
func (c *Conn) Greeted() {
	c.mutex.Lock()
	c.greet = true
	c.mutex.Unlock()
}

// TakePen makes this connection the one writer.
func (c *Conn) TakePen() { c.server.takePen(c) }

// Subscribe replaces the list of events that this connection gets.
func (c *Conn) Subscribe(events []string) {
	c.mutex.Lock()
	c.events = slices.Clone(events)
	c.mutex.Unlock()
}

// Notify sends one event to this connection alone, if it subscribed to it.
func (c *Conn) Notify(event string, atMs float64, fields map[string]any) {
	line, err := encodeMerged(map[string]any{"event": event, "at": atMs}, fields)
	if err != nil {
		c.server.log.Error("event not encoded", "event", event, "why", err.Error())
		return
	}
	if c.wants(event) {
		c.send(line)
	}
}

func (c *Conn) wants(event string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Contains(c.events, event)
}

func (c *Conn) greeted() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.greet
}

func (c *Conn) refuse(full bool) {
	problem := fault.New(fault.Permission, "connection", "uid %d may not talk to netd", c.Peer.UID)
	if full {
		problem = fault.New(fault.Busy, "connection", "too many connections")
	}
	line, err := encodeAnswer(nil, nil, problem)
	if err == nil {
		err = c.socket.SetWriteDeadline(time.Now().Add(time.Second))
	}
	if err == nil {
		_, err = c.socket.Write(line)
	}
	if err != nil {
		c.server.log.Debug("refusal not delivered", "why", err.Error())
	}
	c.socket.Close()
}

func (c *Conn) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var writer sync.WaitGroup
	writer.Go(c.write)
	stop := context.AfterFunc(ctx, c.shut)
	defer stop()
	ordered := make(chan request, maxWaiting)
	var worker sync.WaitGroup
	worker.Go(func() {
		for next := range ordered {
			c.serveInTurn(ctx, next)
		}
	})
	lines := newLineReader(c.socket, MaxLineBytes, c.timeLine)
	for {
		line, err := lines.next()
		if errors.Is(err, errTooLong) {
			c.answer(nil, nil, fault.New(fault.BadRequest, "line", "longer than %d bytes", MaxLineBytes))
			continue
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				c.server.log.Debug("connection broke", "why", err.Error())
			}
			break
		}
		c.take(ctx, line, ordered)
	}
	close(ordered)
	worker.Wait()
	c.server.remove(c)
	// A caller that only closed its own half still gets its answers.
	c.beside.Wait()
	close(c.ended)
	writer.Wait()
}

// timeLine bounds how long a line may take, not how long a caller may be silent.
func (c *Conn) timeLine(inside bool) {
	deadline := time.Time{}
	if inside {
		deadline = time.Now().Add(c.server.lineTimeout)
	}
	if err := c.socket.SetReadDeadline(deadline); err != nil {
		c.server.log.Debug("no deadline", "why", err.Error())
	}
}

func (c *Conn) shut() {
	c.close.Do(func() {
		close(c.closed)
		c.socket.Close()
	})
}

// write sends what is queued until the connection breaks or nothing more will come.
func (c *Conn) write() {
	defer c.shut()
	for {
		select {
		case line := <-c.queue:
			if !c.writeLine(line) {
				return
			}
		case <-c.closed:
			return
		case <-c.ended:
			for len(c.queue) > 0 && c.writeLine(<-c.queue) {
			}
			return
		}
	}
}

func (c *Conn) writeLine(line []byte) bool {
	if err := c.socket.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return false
	}
	_, err := c.socket.Write(line)
	return err == nil
}

func (c *Conn) send(line []byte) {
	select {
	case c.queue <- line:
	case <-c.closed:
	default:
		c.server.log.Warn("slow reader dropped", "uid", c.Peer.UID)
		c.shut()
	}
}

func (c *Conn) answer(id *int64, answer any, err error) {
	line, encodeErr := encodeAnswer(id, answer, err)
	if encodeErr == nil && len(line) > MaxLineBytes {
		line, encodeErr = encodeAnswer(id, nil, fault.New(fault.Unsupported, "answer", "too long"))
	}
	if encodeErr != nil {
		c.server.log.Error("answer not encoded", "why", encodeErr.Error())
		return
	}
	c.send(line)
}

// request is one parsed line.
type request struct {
	id        *int64
	verb      string
	call      Call
	overtakes bool
}

// take parses one line. Requests of a connection run one after another, but for those that may run
// beside the others and those that overtake:
//
//	line --+-- ordered --> one after another
//	       +-- overtakes --> at once
//	       '-- aside --> beside, a few at a time
func (c *Conn) take(ctx context.Context, line []byte, ordered chan<- request) {
	next, err := c.parse(line)
	switch {
	case err != nil:
		c.answer(next.id, nil, err)
	case !c.greeted():
		ordered <- next // behind the hello that is perhaps on its way
	case next.overtakes:
		c.serve(ctx, next)
	case c.server.verbs[next.verb].Aside:
		c.serveBeside(ctx, next)
	default:
		ordered <- next
	}
}

func (c *Conn) serveInTurn(ctx context.Context, next request) {
	if c.server.verbs[next.verb].Aside {
		c.serveBeside(ctx, next)
		return
	}
	c.serve(ctx, next)
}

// serve asks for the caller's rights only now: those before it may have changed them.
func (c *Conn) serve(ctx context.Context, next request) {
	if err := c.allow(next.verb); err != nil {
		c.answer(next.id, nil, err)
		return
	}
	answer, err := next.call(ctx, c)
	c.answer(next.id, answer, err)
}

func (c *Conn) serveBeside(ctx context.Context, next request) {
	select {
	case c.aside <- struct{}{}:
		c.beside.Go(func() {
			defer func() { <-c.aside }()
			c.serve(ctx, next)
		})
	default:
		c.answer(next.id, nil,
			fault.New(fault.Busy, next.verb, "%d requests of this kind are running", maxAside))
	}
}

func (c *Conn) parse(line []byte) (request, error) {
	var next request
	err := strict.Object(line, MaxLineBytes, func(f *strict.Fields) {
		number := f.Int("id", 0, strict.MaxInt)
		if f.Failed() {
			return
		}
		next.id = &number
		next.verb = f.Text("verb", 1, 32)
		verb, known := c.server.verbs[next.verb]
		if !f.Failed() && !known {
			f.Fail("verb", "unknown verb")
		}
		if f.Failed() {
			return
		}
		next.call = verb.Parse(f)
		next.overtakes = verb.Overtakes != nil && verb.Overtakes(f)
	})
	if err != nil {
		return next, fault.New(fault.BadRequest, "request", "%s", err)
	}
	return next, nil
}

func (c *Conn) allow(name string) error {
	verb := c.server.verbs[name]
	switch {
	case name != "hello" && !c.greeted():
		return fault.New(fault.BadRequest, name, "say hello first")
	case verb.Role == RoleRoot && c.Role != RoleRoot:
		return fault.New(fault.Permission, name, "root only")
	case verb.Pen && !c.server.holdsPen(c):
		return fault.New(fault.Conflict, name, "another connection writes; say hello {write:true}")
	}
	return nil
}
