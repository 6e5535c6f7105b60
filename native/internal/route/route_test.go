//go:build linux

package route

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/kernel/sysctl"
)

func exampleRules() []Rule {
	four, six := netip.MustParsePrefix("10.50.0.0/16"), netip.MustParsePrefix("fd50::/48")
	return []Rule{
		{Family: unix.AF_INET, Priority: 5351, Action: Blackhole, Input: "spg0"},
		{Family: unix.AF_INET6, Priority: 5351, Action: Blackhole, Input: "spg0"},
		{Family: unix.AF_INET, Priority: 5350, Action: LookUp, Table: Main, Mark: Mark, Mask: MarkMask},
		{Family: unix.AF_INET, Priority: 5354, Action: LookUp, Table: Table, To: four},
		{Family: unix.AF_INET6, Priority: 5354, Action: LookUp, Table: Table, To: six},
		{
			Family: unix.AF_INET, Priority: 5352, Action: LookUp, Table: Main, Protocol: unix.IPPROTO_UDP,
			Source: Ports{68, 68}, Destination: Ports{67, 69}, To: four, Input: "lo",
		},
	}
}

func TestRulesAreReconciledIdempotently(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	wanted := exampleRules()
	nstest.Run(t, "ip", "rule", "add", "pref", "5353", "to", "10.9.0.0/16", "lookup", "main")
	nstest.Run(t, "ip", "rule", "add", "pref", "5349", "to", "10.8.0.0/16", "lookup", "main")
	for range 2 {
		if err := ReconcileRules(wanted); err != nil {
			t.Fatal(err)
		}
	}
	observed, err := Rules()
	if err != nil {
		t.Fatal(err)
	}
	missing, surplus := difference(wanted, observed)
	if len(missing)+len(surplus) != 0 {
		t.Errorf("missing %v, surplus %v", missing, surplus)
	}
	// A foreign rule that is wider than ours at the same priority.
	nstest.Run(t, "ip", "rule", "add", "pref", "5350", "lookup", "main")
	if err := ReconcileRules(wanted); err != nil {
		t.Fatal(err)
	}
	if held, err := HoldRules(wanted); !held || err != nil {
		t.Errorf("after a foreign rule at our priority: %v, %v", held, err)
	}
	nstest.Run(t, "ip", "rule", "del", "pref", "5349") // was not ours: must still be there
	if err := ReconcileRules(nil); err != nil {
		t.Fatal(err)
	}
	if left, _ := Rules(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestOurLinkHasIPv6WhereAllOthersMayNot(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	if !HasIPv6() {
		t.Skip("this kernel has no IPv6")
	}
	for _, links := range []string{"all", "default"} {
		if err := sysctl.Ensure("ipv6/conf/"+links+"/disable_ipv6", "1"); err != nil {
			t.Fatal(err)
		}
	}
	nstest.Run(t, "ip", "link", "add", "sp0", "type", "veth", "peer", "name", "other0")
	wanted := []netip.Prefix{netip.MustParsePrefix("fd96:1:2::102/128")}
	if err := ReconcileLink("sp0", wanted, 1420); err != nil {
		t.Fatal(err)
	}
	found, err := ObserveLink("sp0")
	if err != nil || !slices.Equal(found.Addresses, wanted) {
		t.Fatalf("addresses %v, %v", found.Addresses, err)
	}
	if others := sysctl.Read("ipv6/conf/all/disable_ipv6"); others != "1" {
		t.Fatalf("all links: disable_ipv6 is %s", others)
	}
}

func TestRoutesAreReconciledIdempotently(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	nstest.Run(t, "ip", "link", "add", "sp0", "type", "veth", "peer", "name", "other0")
	nstest.Run(t, "ip", "link", "set", "other0", "up")
	addresses := []netip.Prefix{
		netip.MustParsePrefix("100.96.1.2/32"), netip.MustParsePrefix("fd96::2/128"),
	}
	for range 2 {
		if err := ReconcileLink("sp0", addresses, 1400); err != nil {
			t.Fatal(err)
		}
	}
	link, err := ObserveLink("sp0")
	if err != nil || fmt.Sprint(link.Addresses) != fmt.Sprint(addresses) || link.MTU != 1400 {
		t.Errorf("link = %+v, %v", link, err)
	}
	wanted := []Route{}
	for _, text := range []string{"10.50.0.0/16", "fd50::/48"} {
		prefix := netip.MustParsePrefix(text)
		wanted = append(wanted, Route{To: prefix, Metric: 4096})
		wanted = append(wanted, Route{To: prefix, Link: "sp0", Metric: 50})
	}
	for range 2 {
		if err := ReconcileRoutes(wanted); err != nil {
			t.Fatal(err)
		}
	}
	observed, err := Routes()
	missing, surplus := difference(wanted, observed)
	if err != nil || len(missing)+len(surplus) != 0 {
		t.Errorf("missing %v, surplus %v, %v", missing, surplus, err)
	}
	if err := ReconcileLink("sp0", addresses[:1], 1300); err != nil {
		t.Fatal(err)
	}
	if link, _ = ObserveLink("sp0"); len(link.Addresses) != 1 || link.MTU != 1300 {
		t.Errorf("narrowed link = %+v", link)
	}
	if err := ReconcileRoutes(nil); err != nil {
		t.Fatal(err)
	}
	if left, _ := Routes(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	for range 2 {
		if err := RemoveLink("sp0"); err != nil {
			t.Fatal(err)
		}
	}
	if link, err := ObserveLink("sp0"); link != nil || err != nil {
		t.Errorf("after removal: %+v, %v", link, err)
	}
}
