//go:build linux

package filter

import (
	"fmt"
	"log/slog"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
)

// withoutFiles has every socket and file fail that is to be opened meanwhile.
func withoutFiles(t *testing.T, do func()) {
	t.Helper()
	usual := unix.Rlimit{}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: usual.Max}); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &usual); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeReadIsNotForgotten(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	nstest.Run(t, "ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan1")
	nstest.Run(t, "ip", "link", "set", "lan0", "up")
	nstest.Run(t, "ip", "route", "add", "unreachable", "10.50.0.0/24", "metric", "4096",
		"proto", "static", "table", "5351")
	gateway := object.Gateway{LAN: anyLAN, Resources: []object.Resource{{
		Targets: []object.Target{{Prefix: netip.MustParsePrefix("10.50.0.0/16"), Proto: "any"}}}}}
	book := newInsideBook(slog.New(slog.DiscardHandler))
	withoutFiles(t, func() {
		if book.configure(gateway) == nil {
			t.Error("nothing failed")
		}
		book.note(netip.MustParsePrefix("10.50.1.0/24"), true)
		book.look()
	})
	nstest.Run(t, "ip", "route", "add", "10.50.1.0/24", "dev", "lan0")
	nstest.Run(t, "ip", "route", "add", "10.50.2.0/24", "dev", "lan0")
	book.note(netip.MustParsePrefix("10.50.2.0/24"), true)
	book.look()
	if held, err := route.Inside(); err != nil || fmt.Sprint(held) != "[10.50.0.0/24 10.50.1.0/24 10.50.2.0/24]" {
		t.Errorf("held: %v, %v", held, err)
	}
}
