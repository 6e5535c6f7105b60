//go:build linux

package kernel

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// leakable gives the laptop a way to the resource in clear, so that a leak is answered.
func (l *lab) leakable(t *testing.T) {
	t.Helper()
	nstest.Run(t, "ip", "addr", "add", "2001:db8::1/64", "dev", "wan0", "nodad")
	nstest.Run(t, "ip", "route", "add", "default", "via", "2001:db8::2")
	l.site.Run(t, "ip", "addr", "add", "2001:db8::2/64", "dev", "wan1", "nodad")
	l.site.Run(t, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
	l.resource.Run(t, "ip", "route", "add", "default", "via", "10.50.0.1")
	l.resource.Run(t, "ip", "-6", "route", "add", "default", "via", "fd50::1")
	l.site.Run(t, "nft", `add table inet outside { counter clear { }; chain arriving {
		type filter hook prerouting priority -400;
		iifname "wan1" ip daddr 10.50.0.0/16 counter name clear;
		iifname "wan1" ip6 daddr fd50::/48 counter name clear; }; }`)
}

// leaked counts what came in clear for the resource: also what nobody answers has leaked.
func (l *lab) leaked(t *testing.T) string {
	t.Helper()
	held := l.site.Run(t, "nft", "list", "counter", "inet", "outside", "clear")
	return regexp.MustCompile(`packets \d+`).FindString(held)
}

func TestNothingLeaksWhateverFails(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 7000)
	mustReach(t, "control: without a guard the clear path answers")
	control := l.leaked(t)
	if control == "packets 0" {
		t.Fatal("control: the eye outside does not see the clear path")
	}

	desired := l.desired()
	desired.Blocked = true
	apply := func() { mustApply(t, "device", l.device.Apply(context.Background(), desired)) }
	apply()
	mustNotReach(t, "blocked")
	for _, public := range []string{"192.0.2.2:7000", "[2001:db8::2]:7000"} {
		if err := reaches("tcp", public, patience); err != nil {
			t.Errorf("public traffic to %s is hurt: %v", public, err)
		}
	}
	for name, hostile := range map[string]func(){
		"nft flush ruleset": func() { nstest.Run(t, "nft", "flush", "ruleset") },
		"own table flushed": func() { nstest.Run(t, "nft", "flush", "table", "inet", guard.TableName) },
		"own rules gone": func() {
			for _, family := range []string{"-4", "-6"} {
				nstest.Run(t, "ip", family, "rule", "del", "pref", "5354")
				nstest.Run(t, "ip", family, "rule", "del", "pref", "5354")
			}
		},
		"own routes gone": func() {
			nstest.Run(t, "ip", "-4", "route", "flush", "table", "5350")
			nstest.Run(t, "ip", "-6", "route", "flush", "table", "5350")
		},
		"interface gone": func() { nstest.Run(t, "ip", "link", "del", guard.LinkName) },
		"hostile routes": func() {
			nstest.Run(t, "ip", "route", "replace", "10.50.0.10/32", "via", "192.0.2.2")
			nstest.Run(t, "ip", "route", "replace", "fd50::10/128", "via", "2001:db8::2")
		},
		"hostile rule": func() {
			for _, family := range []string{"-4", "-6"} {
				nstest.Run(t, "ip", family, "rule", "add", "pref", "100", "lookup", "main")
			}
		},
	} {
		hostile()
		mustNotReach(t, name)
		if leaked := l.leaked(t); leaked != control {
			t.Errorf("%s: %s in clear, with %s before the guard", name, leaked, control)
			control = leaked
		}
		if name == "hostile rule" {
			nstest.Run(t, "ip", "-4", "rule", "del", "pref", "100")
			nstest.Run(t, "ip", "-6", "rule", "del", "pref", "100")
		}
		apply()
	}
	if err := l.device.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustReach(t, "control: after leaving the clear path answers again")
}

func TestApplyIsIdempotentAndNarrowCloses(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "connected")
	sessions := func() int64 {
		observed, err := l.device.Observe(context.Background())
		if err != nil || len(observed.Peers) != 1 || !observed.Guard.Table || !observed.Guard.Rules {
			t.Fatalf("observed %+v, %v", observed, err)
		}
		return observed.Peers[0].RxBytes
	}
	before := sessions()
	l.connect(t)
	if sessions() < before {
		t.Error("applying the same state again dropped the peer")
	}
	mustReach(t, "applied twice")

	if err := l.device.Narrow(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustNotReach(t, "narrowed")
	observed, err := l.device.Observe(context.Background())
	if err != nil || len(observed.Routes) != 0 {
		t.Errorf("routes left: %v, %v", observed.Routes, err)
	}
	for _, peer := range observed.Peers {
		if len(peer.AllowedIPs) != 2 {
			t.Errorf("the peer may still send from %v", peer.AllowedIPs)
		}
	}
	if err := l.device.EnsureGuard(context.Background(), l.desired()); err != nil {
		t.Fatal(err)
	}
	mustNotReach(t, "narrowed, guard ensured")
	l.connect(t)
	mustReach(t, "opened again")
}

func TestEnsureGuardComesBeforeAnyTunnel(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	mustReach(t, "control: without a guard the clear path answers")
	if err := l.device.EnsureGuard(context.Background(), l.desired()); err != nil {
		t.Fatal(err)
	}
	mustNotReach(t, "guard at boot")
	// The interface stands there for its address; nothing leads into it.
	table := fmt.Sprint(route.Table)
	if way := nstest.Run(t, "ip", "route", "show", "table", table, "dev", guard.LinkName); way != "" {
		t.Errorf("ensuring the guard made a way into the tunnel: %s", way)
	}
}

func TestAFailingTunnelLeavesTheGuard(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	// Somebody else has an interface of our name: the link step must fail.
	nstest.Run(t, "ip", "link", "add", guard.LinkName, "type", "veth", "peer", "name", "foreign0")
	failed := map[string]string{}
	for _, step := range l.device.Apply(context.Background(), l.desired()) {
		failed[step.Name] = step.Result
	}
	if failed["guard"] != "ok" || failed["rules"] != "ok" || failed["link"] != "failed" ||
		failed["routes"] != "skipped" {
		t.Errorf("steps: %v", failed)
	}
	mustNotReach(t, "guard without a tunnel")
}

func TestRoutesCloseWhereTheGuardCannotBeWritten(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "connected")
	path, err := nft.Path()
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "nft")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	// Only the mount namespace of this test sees it.
	nstest.Run(t, "mount", "--bind", broken, path)
	desired := l.desired()
	desired.Tunnel.State = "blocked"
	desired.Tunnel.ProtectedPrefixes = append(slices.Clone(desired.Tunnel.ProtectedPrefixes),
		netip.MustParsePrefix("172.16.0.0/16"))
	results := map[string]string{}
	for _, step := range l.device.Apply(context.Background(), desired) {
		results[step.Name] = step.Result
	}
	if results["guard"] != ports.StepFailed || results["routes"] != ports.StepSkipped {
		t.Fatalf("steps: %v", results)
	}
	mustNotReach(t, "blocked while the filter cannot be written")
}

func TestAnEndpointInsideAProtectedPrefixWithPathFiltering(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 7000)
	serve(t, l.site, 8443)
	controller := netip.MustParseAddr("192.0.2.2")
	l.tunnel.ProtectedPrefixes = append(l.tunnel.ProtectedPrefixes, netip.MustParsePrefix("192.0.2.0/24"))
	l.tunnel.Bypass = []object.Bypass{{Address: controller, Proto: "tcp", Port: 8443}}
	for _, mode := range []string{"0", "1", "2"} {
		for _, run := range []func(*testing.T, string, ...string) string{nstest.Run, l.site.Run} {
			run(t, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter="+mode,
				"net.ipv4.conf.default.rp_filter="+mode)
		}
		l.open(t)
		mustReach(t, "path filter "+mode)
		if err := reaches("tcp", "192.0.2.2:8443", patience); err != nil {
			t.Errorf("path filter %s: the bypass does not pass: %v", mode, err)
		}
		if err := reaches("tcp", "192.0.2.2:7000", refusal); err == nil {
			t.Errorf("path filter %s: a protected address is reached in clear", mode)
		}
		// The gateway's port is for WireGuard's own packets, which have its mark.
		if sent(t, "192.0.2.2:51820") {
			t.Errorf("path filter %s: any program reaches the gateway's port in clear", mode)
		}
		if err := l.device.Leave(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// sent tells whether a datagram of this program left the machine.
func sent(t *testing.T, address string) bool {
	t.Helper()
	connection, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	_, err = connection.Write([]byte("hello"))
	return err == nil
}

func TestTheLinksResolverInsideAProtectedPrefixIsAskedAndNothingElseThere(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 53)
	serve(t, l.site, 53)
	serve(t, l.site, 8080)
	l.tunnel.ProtectedPrefixes = append(l.tunnel.ProtectedPrefixes,
		netip.MustParsePrefix("192.0.2.0/24"))
	// Only the mount namespace of this test sees it; the others are no part of the link's network.
	l.site.Run(t, "ip", "addr", "add", "10.50.0.20/32", "dev", "lo")
	resolvConf := filepath.Join(t.TempDir(), "resolv.conf")
	text := "nameserver 192.0.2.2\nnameserver 10.50.0.10\nnameserver 10.50.0.20\n"
	if err := os.WriteFile(resolvConf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "mount", "--bind", resolvConf, "/etc/resolv.conf")
	mustApply(t, "device", l.device.Apply(context.Background(), l.desired()))
	for _, network := range []string{"udp", "tcp"} {
		if err := reaches(network, "192.0.2.2:53", patience); err != nil {
			t.Errorf("%s: the link's resolver is cut off: %v", network, err)
		}
		for _, closed := range []string{"192.0.2.2:8080", "10.50.0.10:53", "10.50.0.20:53"} {
			if err := reaches(network, closed, refusal); err == nil {
				t.Errorf("%s: %s is reached in clear", network, closed)
			}
		}
	}
	// In a network that has the company's numbers the second one is asked through the tunnel or not at all.
	nstest.Run(t, "ip", "addr", "add", "10.50.0.77/24", "dev", "wan0")
	nstest.Run(t, "ip", "route", "add", "10.50.0.10", "via", "192.0.2.2")
	for _, blocked := range []bool{false, true} {
		desired := l.desired()
		desired.Blocked = blocked
		mustApply(t, "device", l.device.Apply(context.Background(), desired))
		if err := reaches("udp", "10.50.0.10:53", refusal); err == nil {
			t.Errorf("blocked %v: a resource is asked in clear since it is the link's resolver", blocked)
		}
	}
}
