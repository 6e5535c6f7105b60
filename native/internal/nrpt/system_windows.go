package nrpt

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"

	"sallyport.dev/netd/internal/systemdns"
)

// System owns our rules; all methods may be called from any goroutine. It implements names.System.
type System struct {
	log *slog.Logger
	// resolvers lists those that the links brought.
	resolvers func() ([]netip.Addr, error)

	local  list
	policy list
	// refresh has Windows read the rules, and forget what it was answered under the former ones.
	refresh func(policyChanged bool) error

	mutex sync.Mutex
}

// New changes nothing.
func New(resolvers func() ([]netip.Addr, error), log *slog.Logger) *System {
	return &System{log: log, resolvers: resolvers, local: localList, policy: policyList,
		refresh: refresh}
}

// Remove takes our rules away where nobody is to serve them any more.
func Remove() error { return New(nil, slog.New(slog.DiscardHandler)).Release("") }

// Take makes it so, or finds it so; call it again whenever something may have changed.
func (s *System) Take(wanted systemdns.Wanted) (systemdns.State, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.settle(rulesOf(wanted)); err != nil {
		return systemdns.State{}, fmt.Errorf("%w: %w", systemdns.ErrRefused, err)
	}
	addresses, err := s.resolvers()
	if err != nil {
		return systemdns.State{}, err
	}
	others := []netip.AddrPort{}
	for _, address := range addresses {
		others = append(others, netip.AddrPortFrom(address, systemdns.Port))
	}
	return systemdns.State{Mode: "nrpt", Others: others}, nil
}

// Release takes our rules away; those of others stay.
func (s *System) Release(string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.settle(nil)
}

func (s *System) settle(rules []rule) error {
	local, err := s.local.read()
	if err != nil {
		return err
	}
	policy, err := s.policy.read()
	if err != nil {
		return err
	}
	byPolicy := rules
	if policy.others == 0 {
		// With a rule of ours there, Windows would obey none of the local ones, others' included.
		byPolicy = nil
	}
	localChanged, err := s.local.change(local.change(rules))
	policyChanged, policyErr := s.policy.change(policy.change(byPolicy))
	if err := errors.Join(err, policyErr); err != nil || !localChanged && !policyChanged {
		return err
	}
	s.log.Info("rules for protected names", "rules", len(rules), "policy", len(byPolicy) > 0)
	if err := s.refresh(policyChanged); err != nil {
		s.log.Warn("Windows was not told of the rules", "why", err.Error())
	}
	return nil
}

var (
	flush         = windows.NewLazySystemDLL("dnsapi.dll").NewProc("DnsFlushResolverCache")
	refreshPolicy = windows.NewLazySystemDLL("userenv.dll").NewProc("RefreshPolicyEx")
)

const (
	clientService = "Dnscache"
	// force is RP_FORCE: policies are applied although no file of theirs changed.
	force = 1
)

func refresh(policyChanged bool) error {
	failures := []error{tellClient()}
	if policyChanged {
		const machine = 1
		if done, _, err := refreshPolicy.Call(machine, force); done == 0 {
			failures = append(failures, fmt.Errorf("group policy: %w", err))
		}
	}
	if done, _, err := flush.Call(); done == 0 {
		failures = append(failures, fmt.Errorf("flush: %w", err))
	}
	return errors.Join(failures...)
}

// tellClient says to the system's own client that its settings changed.
func tellClient() error {
	manager, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer func() { _ = manager.Disconnect() }()
	name, err := windows.UTF16PtrFromString(clientService)
	if err != nil {
		return err
	}
	// More rights than these are nobody's, the system's account among them.
	handle, err := windows.OpenService(manager.Handle, name, windows.SERVICE_PAUSE_CONTINUE)
	if err != nil {
		return fmt.Errorf("%s: %w", clientService, err)
	}
	defer func() { _ = windows.CloseServiceHandle(handle) }()
	var status windows.SERVICE_STATUS
	if err := windows.ControlService(handle, uint32(svc.ParamChange), &status); err != nil {
		return fmt.Errorf("%s: %w", clientService, err)
	}
	return nil
}
