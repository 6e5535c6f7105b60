//go:build linux || windows

package stub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/message"
	"sallyport.dev/netd/internal/dns/upstream"
)

// Limits of one child; what is beyond them gets no answer, and the client asks again.
const (
	maxInFlight    = 512
	maxOfOneClient = 64
	maxStreams     = 64
	streamIdle     = 10 * time.Second
	maxQuery       = 4096
)

// Server serves the sockets it was given until its context ends.
type Server struct {
	resolver Resolver
	mutex    sync.Mutex
	flight   int
	clients  map[netip.Addr]int
	streams  chan struct{}
}

// NewServer answers nothing but refusals before the first config.
func NewServer(netd Netd) *Server {
	s := &Server{clients: map[netip.Addr]int{}, streams: make(chan struct{}, maxStreams)}
	s.resolver.netd = netd
	s.resolver.router.Store(newRouter(channel.Config{}))
	return s
}

// Configure replaces the config; questions in flight end under the former one.
func (s *Server) Configure(config channel.Config) { s.resolver.router.Store(newRouter(config)) }

// Again asks for names as a client would, so that whoever resolves them now opens them. The answers
// are nobody's.
func (s *Server) Again(names []string) {
	for _, name := range names {
		for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if raw, err := message.Ask(name, kind, 0); err == nil {
				_ = s.resolver.answerTo(raw, netip.Addr{}, true)
			}
		}
	}
}

// enter counts a question in; false when there are too many.
func (s *Server) enter(client netip.Addr) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.flight >= maxInFlight || s.clients[client] >= maxOfOneClient {
		return false
	}
	s.flight++
	s.clients[client]++
	return true
}

func (s *Server) exit(client netip.Addr) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.flight--
	if s.clients[client]--; s.clients[client] == 0 {
		delete(s.clients, client)
	}
}

// ServePackets answers on a UDP socket until the context ends; else the error is what broke it.
func (s *Server) ServePackets(ctx context.Context, socket net.PacketConn) error {
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer stop()
	buffer := make([]byte, maxQuery)
	for {
		size, from, err := socket.ReadFrom(buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case ofThePath(err):
			continue
		case err != nil:
			return fmt.Errorf("read questions: %w", err)
		}
		client := addressOf(from)
		if !s.enter(client) {
			continue
		}
		raw := append([]byte{}, buffer[:size]...)
		go func() {
			defer s.exit(client)
			if answer := s.resolver.answerTo(raw, client, false); answer != nil {
				_, _ = socket.WriteTo(answer, from)
			}
		}()
	}
}

// ServeStreams answers on a TCP socket, one question after the other on each connection, until the
// context ends; else the error is what broke it.
func (s *Server) ServeStreams(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		connection, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case ofThePath(err):
			continue
		case isOne(err, full):
			time.Sleep(time.Millisecond) // some connection ends soon
			continue
		case err != nil:
			return fmt.Errorf("accept: %w", err)
		}
		select {
		case s.streams <- struct{}{}:
			go func() {
				defer func() { <-s.streams }()
				s.serveStream(connection)
			}()
		default:
			_ = connection.Close()
		}
	}
}

// ofThePath tells errors that the kernel hands to the next call on a socket although they are of
// one client: it went away, or the network answered an earlier packet with an ICMP error.
func ofThePath(err error) bool { return isOne(err, path) }

func isOne(err error, numbers []syscall.Errno) bool {
	return slices.ContainsFunc(numbers, func(number syscall.Errno) bool {
		return errors.Is(err, number)
	})
}

func (s *Server) serveStream(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	client := addressOf(connection.RemoteAddr())
	for {
		_ = connection.SetDeadline(time.Now().Add(streamIdle))
		raw, err := upstream.ReadFrame(connection)
		if err != nil || !s.enter(client) {
			return
		}
		answer := s.resolver.answerTo(raw, client, true)
		s.exit(client)
		if answer == nil || upstream.WriteFrame(connection, answer) != nil {
			return
		}
	}
}

func addressOf(address net.Addr) netip.Addr {
	switch address := address.(type) {
	case *net.UDPAddr:
		return address.AddrPort().Addr().Unmap()
	case *net.TCPAddr:
		return address.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
