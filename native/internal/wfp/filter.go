// Package wfp is the guard of a Windows device in the system's own filter, the Windows Filtering
// Platform. What closes outlives this process and a restart of the machine; what opens ends with the
// process. It was never run on a real Windows.
//
//	first matching filter by tier, else open:
//	loopback > own address > granted, in the tunnel > tunnel > from own address > exempt > protected
package wfp

import (
	"crypto/sha256"
	"encoding/json"
	"net/netip"
)

// Layer is where in the system's network stack a filter is asked.
type Layer uint8

// The layers, each in both families.
const (
	Connect Layer = iota // the first packet of a flow that a program of this machine begins
	Accept               // the first packet of a flow that somebody else begins
	Forward              // each packet that goes through this machine
)

// Life is how long a filter stands.
type Life uint8

// The lives.
const (
	Boot       Life = iota // from the start of the machine until the filter engine runs
	Persistent             // from then on, until it is deleted
	Process                // until the process that added it ends
)

// maxConditions is how many alternatives a filter may have. Windows names no limit, so ours is low.
const maxConditions = 64

// Filter blocks or permits what matches all of its conditions; a zero condition matches everything,
// and one of a list is enough.
type Filter struct {
	Name   string
	Layer  Layer
	IPv6   bool
	Life   Life
	Tier   Tier
	Permit bool

	Loopback   bool
	Interface  uint64         // of the local address; while forwarding the one it came by
	Arrival    uint64         // Accept only: the one it came by
	Onward     uint64         // Forward only: the one it leaves by
	Local      []netip.Prefix // not while forwarding
	Remote     []netip.Prefix // while forwarding: where it goes
	Protocol   uint8
	LocalPorts []uint16 // types, of ICMP
	RemotePort uint16
	Program    string
}

// Key names a filter by what it does, so that one that stands is known to be right.
type Key [16]byte

// closing is a bit of a key that only blocking filters have.
const closing = 0x80

// Key is the same for equal filters alone.
func (f Filter) Key() Key {
	// Nothing in it can fail to be written.
	text, _ := json.Marshal(f)
	digest := sha256.Sum256(append([]byte("sallyport filter 1 "), text...))
	key := Key(digest[:len(Key{})])
	key[15] &^= closing
	if !f.Permit {
		key[15] |= closing
	}
	return key
}

// Closes tells whether the filter of this key blocks.
func (k Key) Closes() bool { return k[15]&closing != 0 }
