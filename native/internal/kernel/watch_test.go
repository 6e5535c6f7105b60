//go:build linux

package kernel

import (
	"context"
	"testing"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// await takes events until one of this name comes.
func await(t *testing.T, events <-chan ports.Event, name string) ports.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case event := <-events:
			if event.Name == name {
				return event
			}
		case <-deadline:
			t.Fatalf("no event %s", name)
		}
	}
}

// A link that is deleted takes its routes along, and they may be missed first.
func tells(event ports.Event, attack string) bool {
	what := event.Fields["what"]
	return what == attack || attack == "link" && what == "routes"
}

func TestForeignChangesAreReportedAndOwnOnesAreNot(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	reasons := make(chan string, 100)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- WatchFirewall(ctx, func(reason string) { reasons <- reason }) }()
	foreign := func() {
		nstest.Run(t, "nft", "add", "table", "inet", "someone")
		nstest.Run(t, "nft", "delete", "table", "inet", "someone")
	}
	// The subscription stands once it reports something.
	for subscribed := false; !subscribed; {
		foreign()
		select {
		case <-reasons:
			subscribed = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	foreign()
	for waiting := true; waiting; {
		select {
		case <-reasons:
		case <-time.After(time.Second):
			waiting = false
		}
	}
	l.connect(t)
	nstest.Run(t, "nft", "add", "table", "inet", "someone")
	if reason := <-reasons; reason != "nftables" {
		t.Errorf("reason = %s", reason)
	}
	select {
	case reason := <-reasons:
		t.Errorf("one foreign change among own ones was reported twice: %s", reason)
	case <-time.After(100 * time.Millisecond):
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}

func TestADamagedDeviceIsRepairedAtOnce(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device, events := watched(t, NewDevice)
	mustApply(t, "device", device.Apply(context.Background(), l.desired()))
	for name, hostile := range map[string][]string{
		"nft":    {"nft", "flush", "ruleset"},
		"arp":    {"nft", "flush", "table", "arp", guard.TableName},
		"rules":  {"ip", "rule", "del", "pref", "5354"},
		"link":   {"ip", "link", "del", guard.LinkName},
		"routes": {"ip", "route", "flush", "table", "5350"},
	} {
		nstest.Run(t, hostile[0], hostile[1:]...)
		// One attack may be seen, and repaired, in several parts, each told under its own name.
		for told, repaired := false, false; !repaired; {
			event := await(t, events, "tampered")
			told = told || tells(event, name)
			if !told {
				continue
			}
			observed, err := device.Observe(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			repaired = observed.Guard.Table && observed.Guard.Rules && observed.Link != nil &&
				len(observed.Routes) == 4
		}
	}
}

func TestTheGuardIsKeptBeforeTheFirstConfig(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device, events := watched(t, NewDevice)
	if err := device.EnsureGuard(context.Background(), l.desired()); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "nft", "flush", "ruleset")
	await(t, events, "tampered")
	observed, err := device.Observe(context.Background())
	if err != nil || !observed.Guard.Table || len(observed.Routes) != 0 {
		t.Errorf("after the repair: %+v, %v", observed, err)
	}
}

func TestADamagedGatewayIsRepairedWithItsElements(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	gateway, events := watched(t, NewGateway)
	ctx := context.Background()
	mustApply(t, "gateway", gateway.Configure(ctx, ports.GatewayDesired{
		Gateway: l.gatewayConfig, PrivateKey: l.gatewayKey.private,
	}))
	grant := l.grant("res_git", "res_other")
	if _, err := gateway.Commit(ctx, upsert(grant, lasting, time.Hour)); err != nil {
		t.Fatal(err)
	}
	for name, hostile := range map[string][]string{
		"nft":    {"nft", "flush", "ruleset"},
		"rules":  {"ip", "rule", "add", "pref", "5350", "iif", filter.LinkName, "lookup", "main"},
		"link":   {"ip", "link", "del", filter.LinkName},
		"routes": {"ip", "route", "flush", "table", "5350"},
	} {
		nstest.Run(t, hostile[0], hostile[1:]...)
		var observed ports.GatewayObserved
		for repaired := false; !repaired; {
			if event := await(t, events, "tampered"); !tells(event, name) {
				continue
			}
			var err error
			if observed, err = gateway.Observe(ctx); err != nil {
				t.Fatal(err)
			}
			repaired = observed.Guard.Table && observed.Guard.Rules && observed.Link != nil &&
				len(observed.Routes) == 2
		}
		if observed.Grants != 4 || len(observed.Live) != 2 || len(observed.Peers) != 1 {
			t.Errorf("after %v: %d grants, live %v, peers %v",
				hostile, observed.Grants, observed.Live, observed.Peers)
		}
		for address, left := range observed.Live {
			if left > lasting {
				t.Errorf("%s gained time: %v", address, left)
			}
		}
	}
}

func TestAddressesOfOthersAreReported(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device, events := watched(t, NewDevice)
	mustApply(t, "device", device.Apply(context.Background(), l.desired()))
	hear := func(address string, present bool) {
		for {
			event := await(t, events, "addressChanged")
			if event.Fields["address"] != address {
				continue
			}
			if event.Fields["present"] != present || event.Fields["name"] != "wan0" {
				t.Errorf("event: %+v", event)
			}
			return
		}
	}
	// The subscription stands once it reports something.
	for subscribed := false; !subscribed; {
		nstest.Run(t, "ip", "addr", "add", "192.0.2.76/24", "dev", "wan0")
		nstest.Run(t, "ip", "addr", "del", "192.0.2.76/24", "dev", "wan0")
		select {
		case <-events:
			subscribed = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	nstest.Run(t, "ip", "addr", "add", "192.0.2.77/24", "dev", "wan0")
	hear("192.0.2.77", true)
	nstest.Run(t, "ip", "addr", "del", "192.0.2.77/24", "dev", "wan0")
	hear("192.0.2.77", false)
	nstest.Run(t, "ip", "link", "set", "wan0", "down")
	for {
		event := await(t, events, "linkChanged")
		if event.Fields["name"] == "wan0" && event.Fields["up"] == false {
			break
		}
	}
	// Whoever waits for our name hears that it is free.
	nstest.Run(t, "ip", "link", "del", guard.LinkName)
	for {
		event := await(t, events, "linkChanged")
		if event.Fields["name"] == guard.LinkName {
			break
		}
	}
}
