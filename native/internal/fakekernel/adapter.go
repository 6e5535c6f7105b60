package fakekernel

import (
	"net/netip"
	"os"
	"slices"
	"sync"

	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/ports"
)

// Adapter is a tunnel interface of a Windows through which no packet comes.
type Adapter struct {
	mutex sync.Mutex
	last  uint64
	made  *silentTun // nil: there is none
	// Addresses and Routes are what it was given.
	Addresses, Routes []netip.Prefix
	// Broken makes Make fail.
	Broken bool
	// IPv4Only is a machine without IPv6.
	IPv4Only bool
	// Routed is called before a route is made; nil: nobody looks.
	Routed func()
}

// Make implements guard.Adapter; each one has another number.
func (a *Adapter) Make(mtu int) (tun.Device, error) {
	if a.Broken {
		return nil, errKernel
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.last++
	a.made = &silentTun{adapter: a, mtu: mtu, ended: make(chan struct{}), events: make(chan tun.Event)}
	return a.made, nil
}

// Number implements guard.Adapter.
func (a *Adapter) Number() uint64 {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made == nil {
		return 0
	}
	return a.last
}

// Configure implements guard.Adapter.
func (a *Adapter) Configure(addresses []netip.Prefix, mtu int) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made == nil {
		return errKernel
	}
	a.Addresses, a.made.mtu = a.Possible(addresses), mtu
	return nil
}

// Route implements guard.Adapter.
func (a *Adapter) Route(prefixes []netip.Prefix) error {
	if a.Routed != nil {
		a.Routed()
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made == nil {
		return errKernel
	}
	a.Routes = a.Possible(prefixes)
	return nil
}

// Possible implements guard.Adapter.
func (a *Adapter) Possible(prefixes []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(prefixes), func(prefix netip.Prefix) bool {
		return a.IPv4Only && prefix.Addr().Is6()
	})
}

// Observe implements guard.Adapter.
func (a *Adapter) Observe() (*ports.LinkObserved, []netip.Prefix, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.made == nil {
		return nil, nil, nil
	}
	return &ports.LinkObserved{Name: "Sallyport", Up: true, MTU: a.made.mtu, Addresses: a.Addresses},
		slices.Clone(a.Routes), nil
}

// Lose takes the adapter away as somebody does who removes its driver.
func (a *Adapter) Lose() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.made, a.Addresses, a.Routes = nil, nil, nil
}

// silentTun gives nothing to read and takes everything.
type silentTun struct {
	adapter *Adapter
	mtu     int
	once    sync.Once
	ended   chan struct{}
	events  chan tun.Event
}

func (s *silentTun) File() *os.File           { return nil }
func (s *silentTun) MTU() (int, error)        { return s.mtu, nil }
func (s *silentTun) Name() (string, error)    { return "Sallyport", nil }
func (s *silentTun) Events() <-chan tun.Event { return s.events }
func (s *silentTun) BatchSize() int           { return 1 }

func (s *silentTun) Read([][]byte, []int, int) (int, error) {
	<-s.ended
	return 0, os.ErrClosed
}

func (s *silentTun) Write(packets [][]byte, _ int) (int, error) { return len(packets), nil }

func (s *silentTun) Close() error {
	s.once.Do(func() {
		close(s.ended)
		close(s.events)
		s.adapter.mutex.Lock()
		defer s.adapter.mutex.Unlock()
		if s.adapter.made == s {
			s.adapter.made, s.adapter.Addresses, s.adapter.Routes = nil, nil, nil
		}
	})
	return nil
}
