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

func TestFourUsersLeaveRoomForRoot(t *testing.T) {
	s := New("agent.sock", 0, slog.New(slog.NewTextHandler(io.Discard, nil)))
	count := 0
	for uid := uint64(1000); uid < 1008; uid++ {
		for s.enter(uid) {
			count++
		}
	}
	if count != maxCallersOfOthers {
		t.Fatalf("users hold %d together", count)
	}
	for range maxCallersPerUID {
		if !s.enter(0) {
			t.Fatal("users keep root out")
		}
	}
	if s.enter(0) {
		t.Fatal("more places than there are")
	}
	s.exit(1000)
	if !s.enter(1003) {
		t.Fatal("a user's place that was given back is gone")
	}
}
