//go:build linux

package kernel

import (
	"context"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

const otherName = "renamed0"

// rename is what a rule of udev or an administrator does; older kernels want it down for that. Where
// netd watches, it may be quicker than the next step, and have it up again.
func rename(t *testing.T, from, to string) {
	t.Helper()
	link, err := netlink.LinkByName(from)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		if err = netlink.LinkSetDown(link); err == nil {
			err = netlink.LinkSetName(link, to)
		}
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if link, err := netlink.LinkByName(to); err == nil {
		_ = netlink.LinkSetUp(link)
	}
}

func has(name string) bool {
	_, err := netlink.LinkByName(name)
	return err == nil
}

func TestAttackARenamedTunnelOfAGatewayBringsNothingIn(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	l.connect(t)
	mustReach(t, "with the grant")
	l.site.Do(func() { rename(t, filter.LinkName, otherName) })
	l.meetAgain(t)
	// Nobody has looked yet: the filter alone closes it, for what was granted, too.
	mustNotReach(t, "through a tunnel of another name")
	if counted := l.observe(t).Counters["spoof"]; counted == 0 {
		t.Error("nothing came through the tunnel: the filter was not asked")
	}
	l.site.Do(func() { l.gateway.Repair(context.Background()) })
	l.meetAgain(t)
	mustReach(t, "after the repair")
	l.site.Do(func() {
		if has(otherName) || !has(filter.LinkName) {
			t.Error("the tunnel did not get its name back")
		}
	})
}

// meetAgain ends the device's session: the kernel's WireGuard forgets its sessions when its link goes
// down, which the other end learns only a quarter of a minute later.
func (l *lab) meetAgain(t *testing.T) {
	t.Helper()
	if wg.Probe() != wg.Kernel {
		return
	}
	nstest.Run(t, "ip", "link", "set", guard.LinkName, "down")
	nstest.Run(t, "ip", "link", "set", guard.LinkName, "up")
	l.connect(t)
}

func TestARenamedTunnelIsNoticedAndTakenBack(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device, events := watched(t, NewDevice)
	mustApply(t, "device", device.Apply(context.Background(), l.desired()))
	rename(t, guard.LinkName, otherName)
	// The routes of a link that goes down may be missed and repaired before it has another name.
	for !has(guard.LinkName) || has(otherName) {
		for event := await(t, events, "tampered"); !tells(event, "link"); {
			event = await(t, events, "tampered")
		}
	}
	observed, err := device.Observe(context.Background())
	if err != nil || observed.Link == nil || len(observed.Routes) == 0 {
		t.Errorf("after the repair: %+v, %v", observed, err)
	}
}

func TestARenamedTunnelWhoseNameIsTakenIsRemoved(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.configure(t)
	l.site.Do(func() {
		rename(t, filter.LinkName, otherName)
		nstest.Run(t, "ip", "link", "add", filter.LinkName, "type", "veth", "peer", "name", "far0")
		result := l.gateway.Configure(t.Context(), ports.GatewayDesired{
			Gateway: l.gatewayConfig, PrivateKey: l.gatewayKey.private,
		})
		failed := false
		for _, step := range result {
			failed = failed || step.Name == "link" && step.Result == ports.StepFailed
		}
		if !failed || has(otherName) {
			t.Errorf("steps %v, still there: %v", result, has(otherName))
		}
	})
}

func TestElementsThatSomebodyFlushedAreToldAndPutBack(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	l.connect(t)
	mustReach(t, "with the grant")
	if observed := l.observe(t); !observed.Guard.Table {
		t.Fatal("a whole filter is called damaged")
	}
	l.site.Do(func() { nstest.Run(t, "nft", "flush", "set", "inet", "sallyport", "grant4") })
	if observed := l.observe(t); observed.Guard.Table {
		t.Error("the loss is not told")
	}
	if event := await(t, l.events, "tampered"); !tells(event, "elements") {
		t.Errorf("told: %+v", event)
	}
	mustReach(t, "after the look")
	if observed := l.observe(t); !observed.Guard.Table {
		t.Error("it is called damaged for good")
	}
}
