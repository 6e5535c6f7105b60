package nrpt

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/windows/registry"
)

// place is a part of the registry that Windows does not read.
const place = `SOFTWARE\SallyportTest`

var linkResolver = netip.MustParseAddr("192.0.2.53")

type machine struct {
	*System
	refreshed []bool // whether group policy changed, each time
}

// newMachine has rules of somebody else in the local list, and no list of group policy.
func newMachine(t *testing.T) *machine {
	t.Helper()
	resolvers := func() ([]netip.Addr, error) { return []netip.Addr{linkResolver}, nil }
	m := &machine{System: &System{
		log: slog.New(slog.DiscardHandler), resolvers: resolvers,
		local:  list{registry.LOCAL_MACHINE, place + `\Local`, true},
		policy: list{registry.LOCAL_MACHINE, place + `\Policy`, false},
	}}
	m.refresh = func(policyChanged bool) error {
		m.refreshed = append(m.refreshed, policyChanged)
		return nil
	}
	remove(t, place)
	t.Cleanup(func() { remove(t, place) })
	plant(t, m.local, "{5abe529b-675b-4486-8459-25a634dacc23}")
	return m
}

func plant(t *testing.T, where list, name string) {
	t.Helper()
	err := where.write(rule{name: name, domains: []string{".theirs.example"}, servers: "192.0.2.53"})
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path,
		registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return
	}
	names, err := key.ReadSubKeyNames(0)
	if err != nil {
		t.Fatal(err)
	}
	_ = key.Close()
	for _, name := range names {
		remove(t, path+`\`+name)
	}
	if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, where list) held {
	t.Helper()
	found, err := where.read()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (m *machine) take(t *testing.T, domains ...string) {
	t.Helper()
	state, err := m.Take(wanted(domains...))
	if err != nil || !slices.Equal(state.Others, []netip.AddrPort{netip.AddrPortFrom(linkResolver, 53)}) {
		t.Fatal(state, err)
	}
}

func TestRulesAreWrittenOnceReadBackAndRemoved(t *testing.T) {
	m := newMachine(t)
	many := []string{}
	for index := range 60 {
		many = append(many, fmt.Sprintf("name-%02d.corp.example", index))
	}
	m.take(t, many...)
	m.take(t, many...)
	found := read(t, m.local)
	if !slices.EqualFunc(found.ours, rulesOf(wanted(many...)), rule.equal) || found.others != 1 {
		t.Fatal(found)
	}
	if !slices.Equal(m.refreshed, []bool{false}) {
		t.Fatal("Windows was told more than once:", m.refreshed)
	}
	m.take(t, "corp.example")
	if found := read(t, m.local); len(found.ours) != 1 || found.others != 1 {
		t.Fatal(found)
	}
	if err := m.Release(""); err != nil {
		t.Fatal(err)
	}
	if found := read(t, m.local); found.ours != nil || found.others != 1 {
		t.Fatal(found)
	}
}

func TestARuleThatSomebodyChangedIsWrittenAnew(t *testing.T) {
	m := newMachine(t)
	m.take(t, "corp.example")
	for _, break_ := range []func(registry.Key) error{
		func(key registry.Key) error { return key.SetStringValue(serversValue, "192.0.2.53") },
		func(key registry.Key) error { return key.DeleteValue(domainsValue) },
		func(key registry.Key) error { return key.SetDWordValue(optionsValue, 0) },
	} {
		key, err := m.local.open("Sallyport-1", registry.SET_VALUE)
		if err != nil {
			t.Fatal(err)
		}
		if err := break_(key); err != nil {
			t.Fatal(err)
		}
		_ = key.Close()
		m.take(t, "corp.example")
		found := read(t, m.local)
		if !slices.EqualFunc(found.ours, rulesOf(wanted("corp.example")), rule.equal) {
			t.Fatal(found)
		}
	}
}

func TestWhereGroupPolicyHasRulesOursStandThereTooAndGoWithThem(t *testing.T) {
	m := newMachine(t)
	m.take(t, "corp.example")
	if found := read(t, m.policy); len(found.ours) != 0 {
		t.Fatal("ours alone would make those of others void:", found)
	}
	plant(t, m.policy, "{9c2d52f9-0b44-4f0b-8c3a-3a4b6f7f2b11}")
	m.take(t, "corp.example")
	if found := read(t, m.policy); len(found.ours) != 1 || found.others != 1 {
		t.Fatal(found)
	}
	if err := m.policy.remove("{9c2d52f9-0b44-4f0b-8c3a-3a4b6f7f2b11}"); err != nil {
		t.Fatal(err)
	}
	m.take(t, "corp.example")
	if _, err := m.policy.open("", registry.QUERY_VALUE); err == nil {
		t.Fatal("an empty list of group policy is left: it makes the local one void")
	}
	if found := read(t, m.local); len(found.ours) != 1 {
		t.Fatal(found)
	}
	if !slices.Equal(m.refreshed, []bool{false, true, true}) {
		t.Fatal(m.refreshed)
	}
}
