//go:build unix

package daemon

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
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
