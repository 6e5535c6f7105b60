//go:build linux

package kernel

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	vish "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/ports"
)

// Whoever is granted a service may hold so many flows of it that connection tracking has no room left.
// What runs goes on, an end is an end, and nothing opens, at the gateway and at a device; both say it.
func TestAttackAFullFlowTableOpensNothing(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	grant := l.open(t)
	stream, err := net.DialTimeout("tcp", "10.50.0.10:8080", patience)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	answers := func() bool {
		_, _ = stream.Write([]byte("hello"))
		return hears(stream, patience) == nil
	}
	fill := func() { fillFlows(t) }
	l.site.Do(fill)
	fill()
	// By then the kernel calls a datagram flow with answers one to be kept: that of WireGuard.
	for sure := false; !sure; {
		sure = time.Since(begun) > 3*time.Second
		if !answers() {
			t.Fatal("what runs does not go on")
		}
		time.Sleep(10 * time.Millisecond)
	}
	full := func(findings []ports.Finding) bool {
		return slices.ContainsFunc(findings, func(f ports.Finding) bool { return f.Kind == ports.FlowsFull })
	}
	device, err := l.device.Observe(context.Background())
	if err != nil || !full(device.Findings) || !full(l.observe(t).Findings) {
		t.Errorf("not told: %v, %v, %v", device.Findings, l.observe(t).Findings, err)
	}
	mustNotReach(t, "with no room for a new flow")
	if !answers() {
		t.Error("what ran before has ended")
	}
	l.commit(t, ports.Change{Remove: []ports.GrantState{{Grant: grant}}})
	_, _ = stream.Write([]byte("still there?"))
	if !fallsSilent(stream) {
		t.Error("what ran goes on without its grant")
	}
	if err := l.device.Narrow(context.Background()); err != nil {
		t.Fatal(err)
	}
	mustNotReach(t, "closed, in clear")

	flush := func() {
		if err := vish.ConntrackTableFlush(vish.ConntrackTable); err != nil {
			t.Fatal(err)
		}
	}
	l.site.Do(flush)
	flush()
	l.commit(t, upsert(grant, lasting, time.Hour))
	l.connect(t)
	mustReach(t, "control: with room again")
	if findings := l.observe(t).Findings; full(findings) {
		t.Errorf("still told: %v", findings)
	}
}

// fillFlows gives connection tracking of the caller's namespace as many established flows as it has
// room for. Not one more: the kernel would drop others for it.
func fillFlows(t *testing.T) {
	number := func(name string) int {
		read, err := strconv.Atoi(sysctl.Read("netfilter/nf_conntrack_" + name))
		if err != nil {
			t.Fatal(err)
		}
		return read
	}
	room := number("max")
	if room > 1<<19 {
		t.Skipf("connection tracking has room for %d flows here", room)
	}
	descriptor, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(descriptor) }()
	message := newFlow(t)
	for next, deadline := 0, time.Now().Add(patience); number("count") < room; {
		if time.Now().After(deadline) {
			t.Fatalf("%d flows of %d after %s", number("count"), room, patience)
		}
		many := []byte{}
		for range min(room-number("count"), 300) {
			next++
			many = append(many, message(uint16(next), uint16(next>>16))...)
		}
		if err := unix.Sendto(descriptor, many, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			t.Fatal(err)
		}
	}
}

// newFlow makes messages that each add an established flow, from another port to another host.
func newFlow(t *testing.T) func(port, host uint16) []byte {
	t.Helper()
	const (
		original, reply, status, protocolState, timeout = 1, 2, 3, 4, 7
		addresses, protocol                             = 1, 2
		newMessage, established, keep                   = unix.NFNL_SUBSYS_CTNETLINK << 8, 3, 0xe
		anyPort                                         = 0xabcd
	)
	from, to := []byte{203, 0, 113, 1}, []byte{198, 18, 0xfe, 0xdc}
	end := func(source, target []byte, sourcePort, targetPort uint16) func(*netlink.AttributeEncoder) error {
		return func(tuple *netlink.AttributeEncoder) error {
			tuple.Nested(addresses, func(ip *netlink.AttributeEncoder) error {
				ip.Bytes(1, source)
				ip.Bytes(2, target)
				return nil
			})
			tuple.Nested(protocol, func(tcp *netlink.AttributeEncoder) error {
				tcp.ByteOrder = binary.BigEndian
				tcp.Uint8(1, unix.IPPROTO_TCP)
				tcp.Uint16(2, sourcePort)
				tcp.Uint16(3, targetPort)
				return nil
			})
			return nil
		}
	}
	attributes := netlink.NewAttributeEncoder()
	attributes.ByteOrder = binary.BigEndian
	attributes.Nested(original, end(from, to, anyPort, 443))
	attributes.Nested(reply, end(to, from, 443, anyPort))
	attributes.Uint32(status, keep)
	attributes.Uint32(timeout, 3600)
	attributes.Nested(protocolState, func(info *netlink.AttributeEncoder) error {
		info.Nested(1, func(tcp *netlink.AttributeEncoder) error {
			tcp.Uint8(1, established)
			return nil
		})
		return nil
	})
	body, err := attributes.Encode()
	if err != nil {
		t.Fatal(err)
	}
	head := binary.NativeEndian.AppendUint32(nil, uint32(20+len(body)))
	head = binary.NativeEndian.AppendUint16(head, newMessage)
	head = binary.NativeEndian.AppendUint16(head, unix.NLM_F_REQUEST|unix.NLM_F_CREATE)
	template := slices.Concat(head, make([]byte, 8), []byte{unix.AF_INET, 0, 0, 0}, body)
	return func(port, host uint16) []byte {
		text := bytes.ReplaceAll(template, []byte{0xab, 0xcd}, binary.BigEndian.AppendUint16(nil, port))
		return bytes.ReplaceAll(text, []byte{198, 18, 0xfe, 0xdc},
			append([]byte{198, 18}, binary.BigEndian.AppendUint16(nil, host)...))
	}
}
