package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/kernel/nstest"
)

// hostLine is the port of an emulated machine to its host: `npm run test:kernel` sets it.
const hostLine = "SALLYPORT_TEST_HOST"

// host tells its time, which goes on while it has this machine paused.
type host struct {
	t    *testing.T
	port *os.File
	ms   atomic.Int64
}

func openHost(t *testing.T) *host {
	t.Helper()
	port, err := os.OpenFile(os.Getenv(hostLine), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, port: port}
	go func() {
		for lines := bufio.NewScanner(port); lines.Scan(); {
			if ms, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				h.ms.Store(ms)
			}
		}
	}()
	h.say("time")
	h.wait("its time", func() bool { return h.ms.Load() > 0 })
	return h
}

func (h *host) say(word string) {
	h.t.Helper()
	if _, err := h.port.WriteString(word + "\n"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *host) seconds() float64 { return float64(h.ms.Load()) / 1000 }

func (h *host) wait(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatalf("the host did not tell %s", what)
		}
	}
}

// A real virtual machine is stopped with all its clocks, timeouts of the kernel included.
func TestAPausedVirtualMachineRevivesNothing(t *testing.T) {
	if os.Getenv(hostLine) == "" {
		t.Skip("no host that pauses this machine: `npm run test:kernel`")
	}
	if !nstest.Isolate(t) {
		return
	}
	p := newProgram(t)
	a, _ := p.openGateway()
	second := fakecontroller.GrantFor(2, "j2", time.Now().Unix())
	a.Do("grants", claims{"add": []string{p.c.SignGrant(second)}, "remove": []string{}})
	h := openHost(t)
	list := func(jtis ...string) {
		t.Helper()
		a.Do("leases", claims{"jws": p.c.SignLeases(fakecontroller.LeaseList(h.seconds(), jtis...))})
	}
	live := func(address string) bool {
		set := nstest.Run(t, "nft", "list", "set", "inet", "sallyport", "live4")
		return strings.Contains(set, address+" ")
	}
	list("j1", "j2")
	began, said := time.Now(), h.seconds()
	h.say("pause")
	h.wait("a pause", func() bool {
		return h.seconds()-said > time.Since(began).Seconds()+20
	})
	if !live("100.96.1.1") || !live("100.96.1.2") {
		t.Fatal("control: the kernel let go of leases by itself")
	}
	list("j1")
	if !live("100.96.1.1") || live("100.96.1.2") {
		t.Errorf("after the pause: the first %v, the second %v", live("100.96.1.1"), live("100.96.1.2"))
	}
}
