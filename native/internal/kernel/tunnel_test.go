//go:build linux

package kernel

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

func TestTunnelOpensAndClosesWithTheGrant(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	serve(t, l.resource, 22)
	serve(t, l.site, 9000)
	l.configure(t)
	l.connect(t)
	mustNotReach(t, "before the grant")

	grant := l.grant("res_git")
	l.commit(t, upsert(grant, lasting, time.Hour))
	mustReach(t, "with the grant")
	if err := reaches("tcp", "10.50.0.10:22", refusal); err == nil {
		t.Error("a more specific resource is reached without its grant")
	}
	if err := reaches("tcp", "100.96.0.1:9000", refusal); err == nil {
		t.Error("the gateway itself answers a device")
	}

	l.commit(t, ports.Change{Remove: []ports.GrantState{{Grant: grant}}})
	mustNotReach(t, "after the removal")
	observed := l.observe(t)
	if len(observed.Peers) != 0 || observed.Grants != 0 || len(observed.Live) != 0 {
		t.Errorf("after the removal the gateway still holds %+v", observed)
	}
}

func TestLeaseEndsInTheKernel(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.configure(t)
	grant := l.grant("res_git")
	l.commit(t, upsert(grant, lasting, time.Hour))
	l.connect(t)
	mustReach(t, "with a lease")
	l.commit(t, ports.Change{Renew: []ports.Renewal{{Grant: grant, Live: time.Second}}})
	until(t, "the lease ends", func() bool { return l.observe(t).Live[grant.Addresses[0].Addr()] <= 0 })
	mustNotReach(t, "after the lease")
	l.commit(t, ports.Change{Renew: []ports.Renewal{{Grant: grant, Live: lasting}}})
	mustReach(t, "after the renewal under an expired element")
}

func TestFlushClosesAndTheNextCommitReinstalls(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	grant := l.open(t)
	mustReach(t, "with the grant")
	l.site.Run(t, "nft", "flush", "ruleset")
	mustNotReach(t, "after flush ruleset (lock 2)")
	l.commit(t, ports.Change{Renew: []ports.Renewal{{Grant: grant, Live: lasting}}})
	mustReach(t, "after the next commit")
}

func (l *lab) observe(t *testing.T) ports.GatewayObserved {
	t.Helper()
	var observed ports.GatewayObserved
	l.site.Do(func() {
		var err error
		if observed, err = l.gateway.Observe(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	return observed
}

func TestTunnelOverIPv6(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	endpoint, _ := object.ParseEndpoint("[2001:db8::2]:51820")
	l.tunnel.Sites[0].Peers[0].Endpoints = []object.Endpoint{endpoint}
	l.configure(t)
	l.connect(t)
	mustNotReach(t, "before the grant")
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	mustReach(t, "with the grant")
}
