//go:build linux

package wg

import (
	"log/slog"
	"os"
	"testing"

	"github.com/vishvananda/netlink"

	"sallyport.dev/netd/internal/kernel/nstest"
)

func TestAPieceOfAStreamFillsOneDatagramAndNoMore(t *testing.T) {
	const largest, header, tag = 65507, 16, 16
	for mtu := 1280; mtu <= 1500; mtu++ {
		segments, each := segmentsOf(mtu), header+mtu+tag
		if segments*each > largest || (segments+1)*each <= largest {
			t.Errorf("mtu %d: %d segments", mtu, segments)
		}
	}
	if segments := segmentsOf(576); segments != 64 {
		t.Errorf("%d segments, the kernel takes 64", segments)
	}
}

func TestTheKernelCutsStreamsToFit(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	if file, err := os.OpenFile(tunPath, os.O_RDWR, 0); err != nil {
		nstest.Unavailable(t, err.Error())
	} else {
		_ = file.Close()
	}
	link, err := openUserspace(holdName, 1420, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	// The second time nothing changes; another MTU has pieces of its own.
	for _, want := range []struct {
		mtu      int
		segments uint32
	}{{1420, 45}, {1420, 45}, {1280, 49}} {
		if err := link.FitStreams(want.mtu); err != nil {
			t.Fatal(err)
		}
		seen, err := netlink.LinkByName(holdName)
		if err != nil {
			t.Fatal(err)
		}
		if segments := seen.Attrs().GSOMaxSegs; segments != want.segments {
			t.Errorf("mtu %d: %d segments", want.mtu, segments)
		}
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
}
