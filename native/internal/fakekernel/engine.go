package fakekernel

import (
	"net/netip"
	"slices"
	"sync"

	"sallyport.dev/netd/internal/wfp"
)

// Engine holds filters as the one of Windows would and judges packets by them.
type Engine struct {
	mutex   sync.Mutex
	filters map[wfp.Key]wfp.Filter
	// Standing tells whether Prepare was called and Leave was not since.
	Standing bool
	// Refuses makes the engine refuse to add a filter; nil: none.
	Refuses func(wfp.Filter) bool
	// Changed is called after each change, with the filters as they are then; nil: nobody looks.
	Changed func()
	// Calls counts changes.
	Calls int
}

// NewEngine makes an empty one.
func NewEngine() *Engine { return &Engine{filters: map[wfp.Key]wfp.Filter{}} }

// Prepare implements wfp.Engine.
func (e *Engine) Prepare() error {
	e.Standing = true
	return nil
}

// Keys implements wfp.Engine.
func (e *Engine) Keys() (map[wfp.Key]bool, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	keys := map[wfp.Key]bool{}
	for key := range e.filters {
		keys[key] = true
	}
	return keys, nil
}

// Add implements wfp.Engine.
func (e *Engine) Add(filter wfp.Filter) error {
	if e.Refuses != nil && e.Refuses(filter) {
		return errKernel
	}
	e.change(func() { e.filters[filter.Key()] = filter })
	return nil
}

// Delete implements wfp.Engine.
func (e *Engine) Delete(key wfp.Key) error {
	e.change(func() { delete(e.filters, key) })
	return nil
}

// Leave implements wfp.Engine.
func (e *Engine) Leave() error {
	if len(e.filters) > 0 {
		return errKernel
	}
	e.Standing = false
	return nil
}

// Close implements wfp.Engine.
func (e *Engine) Close() error {
	e.change(func() {
		for key, filter := range e.filters {
			if filter.Life == wfp.Process {
				delete(e.filters, key)
			}
		}
	})
	return nil
}

func (e *Engine) change(do func()) {
	e.mutex.Lock()
	e.Calls++
	do()
	e.mutex.Unlock()
	if e.Changed != nil {
		e.Changed()
	}
}

// Packet is the first of a flow, or one that goes through the machine.
type Packet struct {
	Layer                      wfp.Layer
	Local, Remote              netip.Addr // while forwarding: source and target
	LocalPort, RemotePort      uint16
	Protocol                   uint8
	Interface, Arrival, Onward uint64
	Program                    string
	Loopback                   bool
	// Booting is before the filter engine runs.
	Booting bool
}

// Passes judges a packet by the highest filter that matches it.
func (e *Engine) Passes(packet Packet) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	best, passes := wfp.Tier(0), true
	for _, filter := range e.filters {
		if filter.Tier > best && matches(filter, packet) {
			best, passes = filter.Tier, filter.Permit
		}
	}
	return passes
}

func matches(filter wfp.Filter, packet Packet) bool {
	same := func(wanted, is uint64) bool { return wanted == 0 || wanted == is }
	within := func(list []netip.Prefix, address netip.Addr) bool {
		return len(list) == 0 || slices.ContainsFunc(list, func(prefix netip.Prefix) bool {
			return prefix.Contains(address)
		})
	}
	return filter.Layer == packet.Layer && filter.IPv6 == packet.Remote.Is6() &&
		(filter.Life == wfp.Boot) == packet.Booting &&
		(!filter.Loopback || packet.Loopback) &&
		same(filter.Interface, packet.Interface) && same(filter.Arrival, packet.Arrival) &&
		same(filter.Onward, packet.Onward) &&
		within(filter.Local, packet.Local) && within(filter.Remote, packet.Remote) &&
		same(uint64(filter.Protocol), uint64(packet.Protocol)) &&
		(len(filter.LocalPorts) == 0 || slices.Contains(filter.LocalPorts, packet.LocalPort)) &&
		same(uint64(filter.RemotePort), uint64(packet.RemotePort)) &&
		(filter.Program == "" || filter.Program == packet.Program)
}
