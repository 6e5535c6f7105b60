//go:build unix

package daemon

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/store"
)

// TestARemovalDoesNotWaitForTheDisk holds the writing of a config by a pipe that nobody reads.
func TestARemovalDoesNotWaitForTheDisk(t *testing.T) {
	r := newRig(t)
	a := r.gatewayUp()
	a.Do("grants", grantsOf([]string{r.grant(1, "j1"), r.grant(2, "j2")}, nil))
	pipe := filepath.Join(r.dir, "state", store.ConfigFile+".tmp")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	jws := r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))
	a.Post("config", claims{"jws": jws})
	a.Post("grants", grantsOf([]string{r.grant(3, "j3")}, nil))
	if got := a.Send("grants", grantsOf(nil, []string{"j1", "j3"})); got["ok"] != true || got["id"] != 9.0 {
		t.Fatalf("the removal was not answered first: %v", got)
	}
	if held := r.gateway.Held(); len(held) != 1 || held[0] != "j2" {
		t.Fatalf("held: %v", held)
	}
	reader, err := os.Open(pipe)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, reader)
	_ = reader.Close()
	a.Next()
	// The removal came before its grant was taken, and counts all the same.
	if got := a.Next(); got["ok"] != false {
		t.Fatalf("a removed grant was taken: %v", got)
	}
	if held := r.gateway.Held(); len(held) != 1 || held[0] != "j2" {
		t.Fatalf("held: %v", held)
	}
}

// TestARemovalDoesNotWaitForTheDiskOfABreakGlass holds the writing of its memory in the same way.
func TestARemovalDoesNotWaitForTheDiskOfABreakGlass(t *testing.T) {
	r, a, keys := breakGlassRig(t)
	a.Do("grants", grantsOf([]string{r.grant(2, "j2"), r.grant(3, "j3")}, nil))
	pipe := filepath.Join(r.dir, "state", store.BreakGlassFile+".tmp")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	a.Post("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	// Whatever waits for the disk goes on after a while, so that a failure ends.
	read := func() {
		reader, err := os.Open(pipe)
		if err == nil {
			_, _ = io.Copy(io.Discard, reader)
			_ = reader.Close()
		}
	}
	stuck := time.AfterFunc(20*time.Second, read)
	for deadline := time.Now().Add(10 * time.Second); r.core.settings.TryLock(); {
		r.core.settings.Unlock()
		if time.Now().After(deadline) {
			t.Fatal("the file is written by somebody who does not hold the settings")
		}
		runtime.Gosched()
	}
	if got := a.Send("grants", grantsOf(nil, []string{"j3"})); got["ok"] != true || got["kernelAtMs"] == nil {
		t.Fatalf("the removal was not answered first: %v", got)
	}
	if held := r.gateway.Held(); len(held) != 1 || held[0] != "j2" {
		t.Fatalf("held: %v", held)
	}
	if stuck.Stop() {
		read()
	}
	// A pipe keeps nothing, and what is not kept is not opened.
	if got := a.Next(); got["ok"] != false {
		t.Fatalf("opened: %v", got)
	}
	if held := r.gateway.Held(); len(held) != 1 || held[0] != "j2" {
		t.Fatalf("held: %v", held)
	}
}

// TestARemovalDoesNotWaitForTheFlowsOfAFormerHolder holds the walk through connection tracking.
func TestARemovalDoesNotWaitForTheFlowsOfAFormerHolder(t *testing.T) {
	r := newRig(t)
	a := r.gatewayUp()
	a.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	removed := make(chan struct{})
	r.gateway.Settling = func([]netip.Prefix) { <-removed }
	a.Post("grants", grantsOf([]string{r.grant(2, "j2")}, nil))
	a.Post("grants", grantsOf(nil, []string{"j1"}))
	stuck := time.AfterFunc(20*time.Second, func() { close(removed) })
	if got := a.Next(); got["ok"] != true || got["id"] != 8.0 {
		t.Fatalf("the removal was not answered first: %v", got)
	}
	if stuck.Stop() {
		close(removed)
	}
	if got := a.Next(); got["ok"] != true || got["id"] != 7.0 {
		t.Fatalf("the grant was not taken: %v", got)
	}
	if held := r.gateway.Held(); len(held) != 1 || held[0] != "j2" {
		t.Fatalf("held: %v", held)
	}
}
