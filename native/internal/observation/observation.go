//go:build linux

// Package observation reads what the guard of a device and the filter of a gateway have in common:
// our table, our routing rules, our interface, its routes and its peers. What does not exist is
// absent, not an error.
package observation

import (
	"errors"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

// Side is one side of the kernel: Rules are those that should stand, nil before a config; Link is
// nil while there is no tunnel.
type Side struct {
	Socket    *nfnl.Socket
	Table     *nft.Table
	TableName string
	Rules     []route.Rule
	LinkName  string
	Link      *wg.Link
}

// Reading is what was found of it; Found tells whether our table is there.
type Reading struct {
	Guard    ports.GuardObserved
	Found    bool
	Counters map[string]uint64
	Link     *ports.LinkObserved
	Routes   []route.Route
	Peers    []ports.PeerObserved
}

// Read reads the kernel anew and goes on after a failure, so that one does not hide the rest.
func (s Side) Read() (Reading, error) {
	reading := Reading{Counters: map[string]uint64{}}
	var failures []error
	note := func(err error) {
		if err != nil {
			failures = append(failures, err)
		}
	}
	var err error
	_, reading.Found, err = s.Socket.TableComment(s.TableName)
	note(err)
	reading.Guard.Table = reading.Found
	if s.Rules != nil {
		reading.Guard.Rules, err = route.HoldRules(s.Rules)
		note(err)
		if reading.Found {
			reading.Guard.Table, err = s.Table.Intact()
			note(err)
		}
	} else {
		rules, err := route.Rules()
		note(err)
		reading.Guard.Rules = len(rules) > 0
	}
	if reading.Found {
		reading.Counters, err = s.Socket.Counters(s.TableName)
		note(err)
	}
	reading.Link, err = route.ObserveLink(s.LinkName)
	note(err)
	reading.Routes, err = route.Routes()
	note(err)
	// The kernel is asked by name: one that was renamed has no peers here until it is taken back.
	if s.Link != nil && s.Link.InPlace() {
		state, err := s.Link.Read()
		note(err)
		reading.Peers = state.Observed()
	}
	return reading, errors.Join(failures...)
}
