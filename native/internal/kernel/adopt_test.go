//go:build linux

package kernel

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

func configured(t *testing.T, l *lab, config object.Gateway, gateway *filter.Gateway) {
	t.Helper()
	mustApply(t, "gateway", gateway.Configure(t.Context(), ports.GatewayDesired{
		Gateway: config, PrivateKey: l.gatewayKey.private,
	}))
}

func elementsOf(t *testing.T, gateway *filter.Gateway) (live, grants int) {
	t.Helper()
	observed, err := gateway.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(observed.Live), observed.Grants
}

// successor is what a new netd process has: nothing in memory. The former one must let go of the
// interface, as a killed process does.
func successor(t *testing.T, former *filter.Gateway) *filter.Gateway {
	t.Helper()
	former.Detach()
	return filter.New(func(ports.Event) {}, slog.Default())
}

func TestANewProcessAdoptsElementsOfTheSameResources(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	grant := l.grant("res_git")
	if _, err := l.gateway.Commit(t.Context(), upsert(grant, lasting, time.Hour)); err != nil {
		t.Fatal(err)
	}
	second := successor(t, l.gateway)
	if live, grants := elementsOf(t, second); live != 2 || grants != 2 {
		t.Errorf("making a gateway changed the kernel: %d live, %d grants", live, grants)
	}
	configured(t, l, l.gatewayConfig, second)
	if live, grants := elementsOf(t, second); live != 2 || grants != 2 {
		t.Errorf("adopted %d live, %d grants; want 2 and 2", live, grants)
	}
	// The snapshot names this grant and keeps its lease; another address would go.
	change := upsert(grant, 0, time.Hour)
	change.Replace, change.Upsert[0].KeepLive = true, true
	if _, err := second.Commit(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if live, grants := elementsOf(t, second); live != 2 || grants != 2 {
		t.Errorf("after the snapshot %d live, %d grants; want 2 and 2", live, grants)
	}
	if _, err := second.Commit(t.Context(), ports.Change{Replace: true}); err != nil {
		t.Fatal(err)
	}
	if live, grants := elementsOf(t, second); live != 0 || grants != 0 {
		t.Errorf("after an empty snapshot %d live, %d grants", live, grants)
	}
}

func TestAnEmptySnapshotEndsWhatAFormerProcessOpened(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	open := upsert(l.grant("res_git"), lasting, time.Hour)
	if _, err := l.gateway.Commit(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	second := successor(t, l.gateway)
	configured(t, l, l.gatewayConfig, second)
	if _, err := second.Commit(t.Context(), ports.Change{Replace: true}); err != nil {
		t.Fatal(err)
	}
	if live, grants := elementsOf(t, second); live != 0 || grants != 0 {
		t.Errorf("left: %d live, %d grants", live, grants)
	}
}

func TestOtherResourcesNeverInheritElements(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	open := upsert(l.grant("res_other"), lasting, time.Hour)
	if _, err := l.gateway.Commit(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	changed := l.gatewayConfig
	first := object.Resource{ID: "res_aaa", Targets: []object.Target{
		{Prefix: netip.MustParsePrefix("10.50.0.99/32"), Proto: "any"},
	}}
	changed.Resources = append([]object.Resource{first}, changed.Resources...)
	configured(t, l, changed, l.gateway)
	if live, grants := elementsOf(t, l.gateway); live != 2 || grants != 2 {
		t.Errorf("a new configuration lost elements: %d live, %d grants", live, grants)
	}
	second := successor(t, l.gateway)
	configured(t, l, l.gatewayConfig, second)
	if _, grants := elementsOf(t, second); grants != 0 {
		t.Errorf("%d elements were adopted under ids that mean other resources", grants)
	}
}

func TestARefusedConfigurationChangesNothing(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	bad := l.gatewayConfig
	same := []object.Target{{Domain: "a.b", Proto: "any"}}
	bad.Resources = []object.Resource{{ID: "res_d", Targets: same}, {ID: "res_e", Targets: same}}
	result := l.gateway.Configure(t.Context(), ports.GatewayDesired{Gateway: bad})
	if len(result) != 1 || result[0].Result != ports.StepFailed {
		t.Errorf("steps: %+v", result)
	}
	open := upsert(l.grant("res_git"), lasting, time.Hour)
	if _, err := l.gateway.Commit(t.Context(), open); err != nil {
		t.Errorf("the former configuration does not work any more: %v", err)
	}
}

func TestLeaveRemovesEverythingOfOurs(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	configured(t, l, l.gatewayConfig, l.gateway)
	for range 2 {
		if err := l.gateway.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	observed, err := l.gateway.Observe(t.Context())
	if err != nil || observed.Guard.Table || observed.Guard.Rules || observed.Link != nil ||
		len(observed.Routes) != 0 {
		t.Errorf("left behind: %+v, %v", observed, err)
	}
}
