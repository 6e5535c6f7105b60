// Package ipc speaks JSON lines with local programs: who they are is the kernel's word, what they
// may ask is a closed table of verbs, and one connection at a time holds the pen. It knows nothing
// of networks; bad input costs the sender an error, never the process.
package ipc

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/strict"
)

// Role is what a caller may do; RoleRoot includes RoleAgent.
type Role string

// The roles.
const (
	RoleNone  Role = ""
	RoleAgent Role = "agent"
	RoleRoot  Role = "root"
)

// Call does the work of one parsed request; the answer must be a JSON object, or nil.
type Call func(ctx context.Context, conn *Conn) (any, error)

// Verb is one line of the table of verbs.
type Verb struct {
	Role  Role
	Pen   bool // only the connection that said hello {write:true} last
	Aside bool // may run beside other requests of its connection
	// Overtakes tells of a parsed request whether it may run before those that came before it: one
	// that only closes must not wait for what opens. Nil: never.
	Overtakes func(f *strict.Fields) bool
	Parse     func(f *strict.Fields) Call
}

const (
	maxConnections = 32
	// So many of them are kept for root: whoever took the agent must not lock the owner out.
	keptForRoot = 8
	maxAside    = 4
	// A line that was begun must end by then, or its sender loses the connection.
	lineTimeout = 30 * time.Second
)

// Server holds the open connections.
type Server struct {
	verbs  map[string]Verb
	roleOf func(peercred.Peer) Role
	// lineTimeout is the constant, but for tests.
	lineTimeout time.Duration
	log         *slog.Logger

	mutex sync.Mutex
	conns []*Conn
	pen   *Conn
	// penMoved is called with true when somebody takes the pen and false when nobody holds it.
	penMoved func(held bool)
}

// Options are what a server needs to know.
type Options struct {
	Verbs    map[string]Verb
	RoleOf   func(peercred.Peer) Role
	PenMoved func(held bool)
	// LineTimeout is for tests; 0 is half a minute.
	LineTimeout time.Duration
	Log         *slog.Logger
}

// NewServer makes a server that is not listening yet.
func NewServer(options Options) *Server {
	return &Server{verbs: options.Verbs, roleOf: options.RoleOf, penMoved: options.PenMoved,
		lineTimeout: cmp.Or(options.LineTimeout, lineTimeout), log: options.Log}
}

// Serve accepts until the context ends or the listener breaks.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		socket, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			s.log.Warn("connection not accepted", "why", err.Error())
			continue
		}
		s.admit(ctx, socket)
	}
}

func (s *Server) admit(ctx context.Context, socket net.Conn) {
	peer, err := peercred.Of(socket)
	role := RoleNone
	if err == nil {
		role = s.roleOf(peer)
	}
	conn := newConn(s, socket, peer, role)
	full := !s.add(conn)
	if full || role == RoleNone {
		s.log.Warn("caller refused", "uid", peer.UID, "full", full)
		conn.refuse(full)
		return
	}
	go conn.run(ctx)
}

// add answers false where there is no room for a caller of this role; one without a role needs none.
func (s *Server) add(conn *Conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	room := maxConnections
	if conn.Role != RoleRoot {
		room -= keptForRoot
	}
	if conn.Role == RoleNone || len(s.conns) >= room {
		return conn.Role == RoleNone
	}
	s.conns = append(s.conns, conn)
	return true
}

func (s *Server) remove(conn *Conn) {
	s.mutex.Lock()
	s.conns = slices.DeleteFunc(s.conns, func(other *Conn) bool { return other == conn })
	lost := s.pen == conn
	if lost {
		s.pen = nil
	}
	s.mutex.Unlock()
	if lost {
		s.penMoved(false)
	}
}

// takePen fences whoever held the pen before.
func (s *Server) takePen(conn *Conn) {
	s.mutex.Lock()
	s.pen = conn
	s.mutex.Unlock()
	s.penMoved(true)
}

func (s *Server) holdsPen(conn *Conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.pen == conn
}

// Broadcast sends an event to every connection that subscribed to its name. It never blocks: a
// reader that is too slow loses its connection.
func (s *Server) Broadcast(name string, atMs float64, fields map[string]any) {
	s.mutex.Lock()
	conns := slices.Clone(s.conns)
	s.mutex.Unlock()
	for _, conn := range conns {
		conn.Notify(name, atMs, fields)
	}
}
