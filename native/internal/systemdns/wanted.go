package systemdns

import (
	"net/netip"

	"sallyport.dev/netd/internal/fault"
)

// Port is where resolvers answer.
const Port = 53

// ErrRefused says why the system's own resolver was left as it is: protected names may be heard
// outside until somebody mends it.
var ErrRefused = fault.New(fault.Unsupported, "resolver", "the machine's own is left as it is")

// Wanted is what the system shall ask whom.
type Wanted struct {
	Link    string // our interface
	Stub    []netip.Addr
	Domains []string // names and reverse zones that are ours, with everything beneath
	// Answers tells that somebody answers at the stub by now. Without it, only a system that asks us for
	// our names alone is made to ask.
	Answers bool
}

// State is what came of it.
type State struct {
	Mode string // "resolved", "resolvconf", "file" or "nrpt"; empty: left as it is
	// Others are the resolvers for every other name.
	Others []netip.AddrPort
}
