package splice

import (
	"io"
	"log/slog"
	"testing"
)

func TestAFloodByOneUserLeavesRoomForOthersByRootToo(t *testing.T) {
	s := New("agent.sock", 0, slog.New(slog.NewTextHandler(io.Discard, nil)))
	enterAll := func(uid uint64) (count int) {
		for s.enter(uid) {
			count++
		}
		return count
	}
	if count := enterAll(0); count != maxCallersOfRoot {
		t.Fatalf("root holds %d", count)
	}
	if count := enterAll(1000); count != maxCallersPerUID {
		t.Fatalf("beside root somebody holds %d", count)
	}
	s.exit(0)
	if !s.enter(1001) || s.enter(1002) {
		t.Fatal("a place that was given back is not one place")
	}
}
