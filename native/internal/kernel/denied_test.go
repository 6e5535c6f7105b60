//go:build linux

package kernel

import (
	"fmt"
	"net"
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

// told looks once and answers what was told of each refused target.
func (l *lab) told(t *testing.T) map[string]uint64 {
	t.Helper()
	l.site.Do(func() { l.gateway.TellDenied() })
	counts := map[string]uint64{}
	for {
		select {
		case event := <-l.events:
			if event.Name == "denied" {
				counts[fmt.Sprint(event.Fields["src"], " ", event.Fields["dst"], " ", event.Fields["proto"],
					" ", event.Fields["port"])] += event.Fields["count"].(uint64)
			}
		default:
			return counts
		}
	}
}

func TestRefusedPacketsAreToldByTargetAndCount(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	targets := []object.Target{}
	for _, prefix := range l.tunnel.Sites[0].Routes {
		for _, proto := range []string{"tcp", "udp"} {
			targets = append(targets, object.Target{Prefix: prefix, Proto: proto,
				Ports: []object.PortRange{{First: 8080, Last: 8080}}})
		}
	}
	l.gatewayConfig.Resources[0].Targets = targets
	l.configure(t)
	grant := l.grant("res_git")
	l.commit(t, upsert(grant, lasting, time.Hour))
	l.connect(t)
	mustReach(t, "with the grant")
	l.told(t)
	const sent = 5
	want := map[string]bool{}
	for index, host := range []string{"10.50.0.10", "fd50::10"} {
		// One flow each: packets of the same one may come as one.
		for range sent {
			flow, err := net.Dial("udp", net.JoinHostPort(host, "9999"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = flow.Write([]byte("may I?"))
			_ = flow.Close()
		}
		want[fmt.Sprint(grant.Addresses[index].Addr(), " ", host, " 17 9999")] = true
	}
	counts, sum := map[string]uint64{}, uint64(0)
	for deadline := time.Now().Add(patience); sum < sent*2 && time.Now().Before(deadline); {
		for target, count := range l.told(t) {
			counts[target] += count
			sum += count
		}
	}
	for target := range want {
		if counts[target] != sent {
			t.Errorf("%s was not told %d times; all: %v", target, sent, counts)
		}
	}
	if refused := l.observe(t).Counters["ungranted"]; sum != refused {
		t.Errorf("told %d of %d refused packets: %v", sum, refused, counts)
	}
	if again := l.told(t); len(again) != 0 {
		t.Errorf("told again without a packet: %v", again)
	}
}
