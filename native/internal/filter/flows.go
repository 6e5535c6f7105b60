//go:build linux

package filter

import (
	"log/slog"
	"net/netip"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// flowSweep makes connection tracking forget the flows of tunnel addresses that nobody holds any
// more. Nothing passes by them, but an address that is given to another device later must not get
// what a resource still sends to the former one. The table may be long, so it is walked beside.
type flowSweep struct {
	mutex   sync.Mutex
	pending []netip.Addr
	running bool
}

// forget begins in the network namespace of the caller and returns at once.
func (s *flowSweep) forget(prefixes []netip.Prefix, log *slog.Logger) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, prefix := range prefixes {
		s.pending = append(s.pending, prefix.Addr())
	}
	if s.running || len(s.pending) == 0 {
		return
	}
	handle, err := netlink.NewHandle(unix.NETLINK_NETFILTER)
	if err != nil {
		log.Warn("flows of ended grants stay in connection tracking", "detail", err.Error())
		return
	}
	s.running = true
	go func() {
		defer handle.Close()
		for next := s.take(); len(next) > 0; next = s.take() {
			if err := deleteFlows(handle, next); err != nil {
				log.Warn("flows of ended grants stay in connection tracking", "detail", err.Error())
			}
		}
	}()
}

func (s *flowSweep) take() []netip.Addr {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	next := s.pending
	s.pending, s.running = nil, len(next) > 0
	return next
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
