//go:build linux

package kernel

import (
	"context"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// container is a namespace behind a machine, as Docker or the bridge of a virtual machine makes it:
// whatever leaves by another link does so in the machine's name, by the tunnel too.
func (m machine) container(t *testing.T) *nstest.Namespace {
	t.Helper()
	space := m.attach(t, "docker0")
	m.run(t, "ip", "addr", "add", "172.17.0.1/16", "dev", "docker0")
	m.run(t, "ip", "addr", "add", "fdcc::1/64", "dev", "docker0", "nodad")
	m.run(t, "ip", "link", "set", "docker0", "up")
	space.Run(t, "ip", "addr", "add", "172.17.0.2/16", "dev", "inner0")
	space.Run(t, "ip", "addr", "add", "fdcc::2/64", "dev", "inner0", "nodad")
	space.Run(t, "ip", "link", "set", "inner0", "up")
	space.Run(t, "ip", "route", "add", "default", "via", "172.17.0.1")
	space.Run(t, "ip", "-6", "route", "add", "default", "via", "fdcc::1")
	m.run(t, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
	m.run(t, "nft", "add table inet containers; "+
		"add chain inet containers nat { type nat hook postrouting priority srcnat; }; "+
		"add rule inet containers nat iifname docker0 oifname != docker0 masquerade")
	return space
}

// tryFrom tries one way after the other: goroutines would run outside the namespace.
func tryFrom(space *nstest.Namespace, patience time.Duration) map[string]error {
	results := map[string]error{}
	space.Do(func() {
		for _, way := range everyWay {
			results[way.network+" "+way.address] = reaches(way.network, way.address, patience)
		}
	})
	return results
}

// TS-2024-005: whoever is behind a member sends through it.
func TestAttackForwardingThroughADeviceReachesNothingProtected(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 7000)
	space := here.container(t)
	for way, err := range tryFrom(space, patience) {
		if err != nil {
			t.Fatalf("control: without a guard %s answers the container in clear: %v", way, err)
		}
	}

	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	closed := func(what string) {
		t.Helper()
		for way, err := range tryFrom(space, refusal) {
			if err == nil {
				t.Errorf("%s: %s answers the container", what, way)
			}
		}
		expectFrom(t, space, "192.0.2.2:7000", true, what+": a container and the internet")
	}
	l.connect(t)
	mustReach(t, "the device itself")
	closed("connected")
	nstest.Run(t, "ip", "link", "del", guard.LinkName)
	closed("without a tunnel")
	nstest.Run(t, "nft", "delete", "table", "inet", guard.TableName)
	closed("without the filter")
}

func TestARuleOfAnotherVPNIsToldAndCloses(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	device, events := watched(t, NewDevice)
	mustApply(t, "device", device.Apply(context.Background(), l.desired()))
	findings := func() []ports.Finding {
		observed, err := device.Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return observed.Findings
	}
	if found := findings(); len(found) != 0 {
		t.Errorf("found without a cause: %v", found)
	}
	// A rule before ours that leads nowhere special hurts nobody: no word about it.
	nstest.Run(t, "ip", "rule", "add", "pref", "90", "to", "203.0.113.0/24", "lookup", "main")
	nstest.Run(t, "ip", "rule", "add", "pref", "100", "lookup", "main")
	event := await(t, events, "tampered")
	detail, _ := event.Fields["detail"].(string)
	if event.Fields["what"] != "diverted" || !strings.Contains(detail, "pref 100") ||
		!strings.Contains(detail, "wan0") {
		t.Errorf("told: %v", event.Fields)
	}
	if found := findings(); len(found) != 1 || found[0].Kind != ports.RouteDiverted {
		t.Errorf("found: %v", found)
	}
	mustNotReach(t, "diverted")
	nstest.Run(t, "ip", "rule", "del", "pref", "100")
	if found := findings(); len(found) != 0 {
		t.Errorf("found after the rule went: %v", found)
	}
	// One that takes a single host of a protected prefix cuts off that host.
	nstest.Run(t, "ip", "rule", "add", "pref", "100", "to", "10.50.9.9", "lookup", "main")
	if found := findings(); len(found) != 1 || !strings.HasPrefix(found[0].Detail, "10.50.9.9/32 leaves") {
		t.Errorf("found of a rule for one host: %v", found)
	}
}

func TestDockersForwardPolicyIsNamedAndItsLineMendsIt(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "without Docker")
	for _, family := range []string{"ip", "ip6"} {
		l.site.Run(t, "nft", "add table "+family+" filter; add chain "+family+" filter DOCKER-USER; "+
			"add chain "+family+" filter FORWARD { type filter hook forward priority 0; policy drop; }; "+
			"add rule "+family+" filter FORWARD jump DOCKER-USER")
	}
	mustNotReach(t, "beside Docker")
	found := l.observe(t).Findings
	if len(found) != 2 || found[0].Kind != ports.ForwardDropped ||
		found[0].Detail != "ip filter DOCKER-USER" || found[1].Detail != "ip6 filter DOCKER-USER" {
		t.Fatalf("found: %v", found)
	}
	for _, finding := range found {
		// The line that `sallyport doctor` prints (agent/core/local/doctor.ts).
		l.site.Run(t, "nft", "insert rule "+finding.Detail+
			" meta mark and 0xff000000 == 0x53000000 accept")
	}
	mustReach(t, "with the line")
	if found := l.observe(t).Findings; len(found) != 0 {
		t.Errorf("found after mending: %v", found)
	}
	l.site.Run(t, "nft", "flush", "chain", "inet", "sallyport", "reply")
	mustNotReach(t, "control: the line opens nothing that is not granted")
}

func TestContainersOfAGatewayKeepTheInternetAndReachNoDevice(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	echoStreams(t, "[::]:7000")
	space := machine{l.site.Do}.container(t)
	l.open(t)
	mustReach(t, "the device")
	expectFrom(t, space, "192.0.2.1:7000", true, "a container and the internet")
	for _, device := range []string{"100.96.1.2:7000", "[fd96::102]:7000"} {
		expectFrom(t, space, device, false, "a container and a device")
	}
}
