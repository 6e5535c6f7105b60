//go:build linux

package filter

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// flowSweep makes connection tracking forget the flows of tunnel addresses that nobody holds any
// more. Nothing passes by them, but an address that is given to another device later must not get
// what a resource still sends to the former one. The table may be long, so it is walked beside; an
// address that is given away meanwhile waits for the end of the walk.
type flowSweep struct {
	mutex    sync.Mutex
	pending  []netip.Addr
	sweeping map[netip.Addr]bool // pending or on its way
	ended    chan struct{}       // closed when nothing is swept any more; nil when nothing was
}

// maxSweep bounds how long a new grant waits for a walk.
const maxSweep = 250 * time.Millisecond

// forget begins in the network namespace of the caller and returns at once.
func (s *flowSweep) forget(prefixes []netip.Prefix, log *slog.Logger) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	running := s.sweeping != nil
	for _, prefix := range prefixes {
		s.pending = append(s.pending, prefix.Addr())
	}
	if running {
		s.note(prefixes)
	}
	if running || len(s.pending) == 0 {
		return
	}
	handle, err := netlink.NewHandle(unix.NETLINK_NETFILTER)
	if err != nil {
		log.Warn("flows of ended grants stay in connection tracking", "why", err.Error())
		return
	}
	s.sweeping, s.ended = map[netip.Addr]bool{}, make(chan struct{})
	s.note(prefixes)
	go func() {
		defer handle.Close()
		for next := s.take(); len(next) > 0; next = s.take() {
			if err := deleteFlows(handle, next); err != nil {
				log.Warn("flows of ended grants stay in connection tracking", "why", err.Error())
			}
		}
	}()
}

// note marks what is swept; the caller holds the mutex.
func (s *flowSweep) note(prefixes []netip.Prefix) {
	for _, prefix := range prefixes {
		s.sweeping[prefix.Addr()] = true
	}
}

// take answers what to sweep next; nothing ends the sweep.
func (s *flowSweep) take() []netip.Addr {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	next := s.pending
	s.pending = nil
	if len(next) == 0 {
		s.sweeping = nil
		close(s.ended)
	}
	return next
}

// Settle implements ports.Settler: it takes no lock that a removal needs.
func (g *Gateway) Settle(addresses []netip.Prefix) { g.flows.settle(addresses) }

// settle waits until no flow of a former holder of these addresses is left, but not for long, and
// not twice: who comes after it does not wait for the same walk.
func (s *flowSweep) settle(addresses []netip.Prefix) {
	s.mutex.Lock()
	busy, ended := false, s.ended
	for _, prefix := range addresses {
		busy = busy || s.sweeping[prefix.Addr()]
	}
	s.mutex.Unlock()
	if !busy {
		return
	}
	select {
	case <-ended:
	case <-time.After(maxSweep):
		s.giveAway(addresses)
	}
}

func (s *flowSweep) giveAway(addresses []netip.Prefix) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, prefix := range addresses {
		delete(s.sweeping, prefix.Addr())
	}
}

func deleteFlows(handle *netlink.Handle, addresses []netip.Addr) error {
	for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
		of := flowsOf{}
		for _, address := range addresses {
			if address.Is4() == (family == unix.AF_INET) {
				of[address] = true
			}
		}
		if len(of) == 0 {
			continue
		}
		if _, err := handle.ConntrackDeleteFilters(netlink.ConntrackTable, family, of); err != nil {
			return err
		}
	}
	return nil
}

// flowsOf are the flows that one of these addresses began.
type flowsOf map[netip.Addr]bool

// MatchConntrackFlow implements netlink.CustomConntrackFilter.
func (f flowsOf) MatchConntrackFlow(flow *netlink.ConntrackFlow) bool {
	source, ok := netip.AddrFromSlice(flow.Forward.SrcIP)
	return ok && f[source.Unmap()]
}
