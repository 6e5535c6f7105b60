//go:build linux

package kernel

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"testing"
	"time"

	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

const (
	portalPage = "10.50.0.30:8080"
	portalHost = "10.50.0.30"
)

// joinHotel puts the laptop into a network that has the company's numbers; its sign-in page answers
// there, and so does an impostor of a resource.
func (l *lab) joinHotel(t *testing.T) *guard.Device {
	t.Helper()
	nstest.Run(t, "ip", "addr", "add", "10.50.0.77/24", "dev", "wan0")
	for _, address := range []string{portalHost, "10.50.0.10", "10.50.0.31"} {
		l.site.Run(t, "ip", "addr", "add", address+"/32", "dev", "wan1")
	}
	l.site.Run(t, "ip", "route", "add", "10.50.0.77", "dev", "wan1")
	for _, port := range []int{8080, 80, 22} {
		serve(t, l.site, port)
	}
	if err := reaches("tcp", "10.50.0.31:8080", patience); err != nil {
		t.Fatalf("control: the hotel's network answers without a guard: %v", err)
	}
	mustApply(t, "device", l.device.Apply(context.Background(), l.desired()))
	return l.device
}

func open(t *testing.T, address string) bool {
	t.Helper()
	return reaches("tcp", address, time.Second*nstest.Slowness) == nil
}

func TestACaptivePortalInsideAProtectedPrefixOpensAloneAndOnlyWhenAsked(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device := l.joinHotel(t)
	if open(t, portalPage) {
		t.Fatal("open without being asked")
	}
	opened, err := device.OpenPortal(t.Context(), netip.MustParseAddrPort(portalPage))
	if err != nil || opened <= 0 || opened > 5*time.Minute {
		t.Fatalf("opened for %s, %v", opened, err)
	}
	for _, page := range []string{portalPage, portalHost + ":80"} {
		if err := reaches("tcp", page, patience); err != nil {
			t.Errorf("%s is closed: %v", page, err)
		}
	}
	for _, other := range []string{portalHost + ":22", "10.50.0.31:8080", "10.50.0.10:8080"} {
		if open(t, other) {
			t.Errorf("%s is open, too", other)
		}
	}
	// A repaired guard keeps it, and its end.
	nstest.Run(t, "nft", "flush", "ruleset")
	device.Repair(t.Context())
	if err := reaches("tcp", portalPage, patience); err != nil {
		t.Errorf("closed by a repair: %v", err)
	}
	nstest.Run(t, "ip", "addr", "del", "10.50.0.77/24", "dev", "wan0")
	nstest.Run(t, "ip", "route", "add", "10.50.0.0/24", "dev", "wan0")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go device.FollowResolvers(ctx)
	for deadline := time.Now().Add(patience); open(t, portalPage); {
		if time.Now().After(deadline) {
			t.Fatal("open in another network, too")
		}
	}
}

func TestAPortalAtTheAddressOfAResourceOrElsewhereStaysClosed(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device := l.joinHotel(t)
	for page, wanted := range map[string]error{
		"10.50.0.10:8080":   ports.ErrPortalGranted,
		"10.50.99.1:8080":   ports.ErrPortalFar,
		"198.51.100.1:8080": nil,
	} {
		opened, err := device.OpenPortal(t.Context(), netip.MustParseAddrPort(page))
		if opened != 0 || !errors.Is(err, wanted) {
			t.Errorf("%s: opened for %s, %v", page, opened, err)
		}
		if open(t, page) {
			t.Errorf("%s is open", page)
		}
	}
}

func TestAnOpenedPortalEndsInTheKernelWithNobodyAlive(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	device := l.joinHotel(t)
	if _, err := device.OpenPortal(t.Context(), netip.MustParseAddrPort(portalPage)); err != nil {
		t.Fatal(err)
	}
	held := nstest.Run(t, "nft", "list", "set", "inet", "sallyport_guard", "portal4")
	ends := regexp.MustCompile(`expires (\w+)`).FindAllStringSubmatch(held, -1)
	for _, end := range ends {
		if left, err := time.ParseDuration(end[1]); err != nil || left > 5*time.Minute {
			t.Errorf("open for %s, %v", end[1], err)
		}
	}
	if len(ends) != 3 {
		t.Errorf("%d of 3 pages have an end: %s", len(ends), held)
	}
	// The time that is left is the kernel's own; a shorter one shows that it ends. A busy machine may
	// need more than the shortest to see the page open.
	opened, element := false, "element inet sallyport_guard portal4 { 10.50.0.30 . 8080"
	for seconds := 2; !opened && seconds < 60; seconds *= 2 {
		nstest.Run(t, "nft", fmt.Sprintf("%s }; delete %s }; %s timeout %ds }", "add "+element, element, "add "+element, seconds))
		opened = open(t, portalPage)
	}
	if !opened {
		t.Fatal("closed from the start")
	}
	for deadline := time.Now().Add(patience); open(t, portalPage); {
		if time.Now().After(deadline) {
			t.Fatal("still open")
		}
	}
}
