//go:build linux

package kernel

import (
	"testing"

	"sallyport.dev/netd/internal/kernel/nstest"
)

// machine runs commands on a host of the lab; here is the test's own namespace.
type machine struct {
	do func(func())
}

var here = machine{func(do func()) { do() }}

func (m machine) run(t *testing.T, name string, arguments ...string) {
	t.Helper()
	m.do(func() { nstest.Run(t, name, arguments...) })
}

// attach makes a namespace at the other end of a cable; the machine has the end of this name.
func (m machine) attach(t *testing.T, link string) *nstest.Namespace {
	t.Helper()
	space := nstest.NewNamespace(t)
	m.run(t, "ip", "link", "add", link, "type", "veth", "peer", "name", "inner0")
	m.do(func() { space.Adopt(t, "inner0") })
	return space
}

func expectFrom(t *testing.T, space *nstest.Namespace, address string, wanted bool, what string) {
	t.Helper()
	limit := patience
	if !wanted {
		limit = refusal
	}
	space.Do(func() {
		if err := reaches("tcp", address, limit); (err == nil) != wanted {
			t.Errorf("%s: %s: %v", what, address, err)
		}
	})
}
