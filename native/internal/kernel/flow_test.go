//go:build linux

package kernel

import (
	"errors"
	"net"
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// pushServer sends one datagram per millisecond to whoever said hello, for ever: the flow that a
// rule about new connections alone would never cut.
func pushServer(t *testing.T, namespace *nstest.Namespace, address string) {
	t.Helper()
	var packets net.PacketConn
	namespace.Do(func() {
		var err error
		if packets, err = net.ListenPacket("udp", address); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { _ = packets.Close() })
	go func() {
		buffer := make([]byte, 64)
		_, from, err := packets.ReadFrom(buffer)
		for err == nil {
			if _, err = packets.WriteTo([]byte("push"), from); err != nil && !errors.Is(err, net.ErrClosed) {
				err = nil // an unreachable device must not end the pushing
			}
			time.Sleep(time.Millisecond)
		}
	}()
}

func TestEstablishedFlowsEndWithTheGrant(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	pushServer(t, l.resource, "10.50.0.10:7001")
	pushServer(t, l.resource, "[fd50::10]:7001")
	grant := l.open(t)
	mustReach(t, "with the grant")

	pushed, streams := []net.Conn{}, []net.Conn{}
	for _, host := range []string{"10.50.0.10", "fd50::10"} {
		push, err := net.Dial("udp", net.JoinHostPort(host, "7001"))
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.DialTimeout("tcp", net.JoinHostPort(host, "8080"), patience)
		if err != nil {
			t.Fatal(err)
		}
		pushed, streams = append(pushed, push), append(streams, stream)
		_, _ = push.Write([]byte("hello"))
		_, _ = stream.Write([]byte("hello"))
		for _, flow := range []net.Conn{push, stream} {
			if err := hears(flow, patience); err != nil {
				t.Fatalf("the flow never began: %v", err)
			}
		}
	}

	l.commit(t, ports.Change{Remove: []ports.GrantState{{Grant: grant}}})
	for _, flow := range append(pushed, streams...) {
		_, _ = flow.Write([]byte("still there?"))
		if !fallsSilent(flow) {
			t.Errorf("%s still brings bytes after the removal", flow.RemoteAddr())
		}
	}
}

func TestTheLeaseAloneEndsEstablishedFlows(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	pushServer(t, l.resource, "10.50.0.10:7001")
	grant := l.open(t)
	mustReach(t, "with the grant")
	push, err := net.Dial("udp", "10.50.0.10:7001")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = push.Write([]byte("hello"))
	if err := hears(push, patience); err != nil {
		t.Fatal(err)
	}
	// The peer stays, so only the lock can end the flow.
	var emptied ports.CommitResult
	l.site.Do(func() { emptied, err = l.gateway.EmptyLive(t.Context()) })
	if err != nil || emptied.KernelAtMs <= 0 {
		t.Fatalf("empty live: %+v, %v", emptied, err)
	}
	if !fallsSilent(push) {
		t.Error("the flow outlives its lease")
	}
	if observed := l.observe(t); observed.Counters["ungranted"] == 0 || len(observed.Peers) != 1 {
		t.Errorf("counters %v, peers %v", observed.Counters, observed.Peers)
	}
	l.commit(t, ports.Change{Renew: []ports.Renewal{{Grant: grant, Live: lasting}}})
	if err := hears(push, patience); err != nil {
		t.Errorf("the flow does not come back with the lease: %v", err)
	}
}

func hears(flow net.Conn, patience time.Duration) error {
	_ = flow.SetReadDeadline(time.Now().Add(patience))
	_, err := flow.Read(make([]byte, 2048))
	return err
}

// fallsSilent tells whether a flow that is sent on all the time ends: what was under way may arrive.
func fallsSilent(flow net.Conn) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if hears(flow, refusal) != nil {
			return true
		}
	}
	return false
}
