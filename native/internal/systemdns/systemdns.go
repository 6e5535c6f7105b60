//go:build linux

// Package systemdns makes the system ask our stub about protected names: through systemd-resolved
// where it answers, by resolvconf, or by /etc/resolv.conf where nobody else writes it. What somebody
// else writes is not fought over: it is refused, and said.
//
//	resolved    per link over D-Bus: ours for our names, everybody else's resolvers as before
//	resolvconf  our stub alone (openresolv); it hands other names on to everybody else's resolvers
//	file        the same, written into /etc/resolv.conf, the former lines kept below as comments
package systemdns

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// System owns the changes to the system's resolver. The zero value is not usable.
type System struct {
	places Places
	log    *slog.Logger

	mutex sync.Mutex
	bus   *resolved
	taken []time.Time // when the file was taken back from somebody
	mode  string
	last  []string // the domains that resolved was given
}

// Places are where the system keeps things; tests have their own.
type Places struct {
	ResolvConf string
	Bus        string   // path of the system bus
	Resolvconf []string // where the program may be
}

// Usual are the places of every Linux.
func Usual() Places {
	return Places{
		ResolvConf: "/etc/resolv.conf", Bus: "/run/dbus/system_bus_socket",
		Resolvconf: []string{"/usr/sbin/resolvconf", "/sbin/resolvconf", "/usr/bin/resolvconf"},
	}
}

// New changes nothing.
func New(places Places, log *slog.Logger) *System { return &System{places: places, log: log} }

// Take makes it so, or finds it so; call it again whenever something may have changed.
func (s *System) Take(wanted Wanted) (State, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	file, err := readFile(s.places.ResolvConf)
	if err != nil {
		return State{}, err
	}
	bus, busErr := s.resolved()
	switch {
	case busErr == nil && file.writer == byResolved:
		return s.takeResolved(bus, wanted)
	case !wanted.Answers && (s.mode != "" || file.writer == byUs):
		return State{}, nil
	case !wanted.Answers:
		return State{}, fmt.Errorf("%w: nobody answers at %s yet, and all names of this machine would fail",
			ErrRefused, wanted.Stub[0])
	case busErr != nil && file.writer == byResolved:
		return State{}, fmt.Errorf("%w: systemd-resolved owns %s and does not answer: %w",
			ErrRefused, s.places.ResolvConf, busErr)
	case file.writer == byNetworkManager:
		return State{}, fmt.Errorf("%w: NetworkManager writes %s; set dns=systemd-resolved or "+
			"rc-manager=resolvconf in its [main] section", ErrRefused, s.places.ResolvConf)
	case file.writer == byResolvconf:
		return s.takeResolvconf(file, wanted)
	default:
		return s.takeFile(file, wanted)
	}
}

// Release gives the system its own resolvers back; what was not taken is left alone.
func (s *System) Release(link string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.last, s.mode = nil, ""
	failures := []error{s.releaseFile(), s.releaseResolvconf(link)}
	if bus, err := s.resolved(); err == nil {
		failures = append(failures, bus.revert(link))
	}
	return errors.Join(failures...)
}

// resolved connects to the bus when resolved is there.
func (s *System) resolved() (*resolved, error) {
	if s.bus != nil && s.bus.alive() {
		return s.bus, nil
	}
	s.last = nil
	found, err := dialResolved(s.places.Bus, callTime)
	if err != nil {
		return nil, err
	}
	s.bus = found
	return found, nil
}

func (s *System) takeResolved(b *resolved, wanted Wanted) (State, error) {
	links, err := b.links()
	if err != nil {
		return State{}, err
	}
	index, err := indexOf(wanted.Link)
	if err != nil {
		return State{}, err
	}
	domains := routing(wanted.Domains, links.searched(index))
	held, err := b.holds(index, wanted.Stub, domains)
	if err != nil {
		return State{}, err
	}
	if !held || !slices.Equal(domains, s.last) {
		if err := b.set(index, wanted.Stub, domains); err != nil {
			return State{}, err
		}
		s.last = domains
		s.log.Info("systemd-resolved asks us", "domains", len(domains))
	}
	s.mode = "resolved"
	return State{Mode: "resolved", Others: links.resolvers(index)}, nil
}
