//go:build linux

package kernel

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

// To connection tracking an error of ICMP belongs to the flow that it quotes, which may be another
// device's.
func TestAttackErrorsAboutTheFlowOfAnotherDeviceNeedAGrant(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "first device")
	_, space := l.secondDevice(t)
	var flow net.Conn
	space.Do(func() {
		var err error
		if flow, err = net.Dial("udp", "10.50.0.10:8080"); err != nil {
			t.Error(err)
		}
	})
	defer func() { _ = flow.Close() }()
	_, _ = flow.Write([]byte("question"))
	if err := hears(flow, patience); err != nil {
		t.Fatalf("the second device's flow never began: %v", err)
	}
	arrived := counted(t, l.resource, "errors", "icmp type destination-unreachable")
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMP)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(socket) }()
	to := netip.MustParseAddrPort("10.50.0.10:8080")
	send := func() {
		message := unreachable(to, netip.MustParseAddrPort(flow.LocalAddr().String()))
		if err := unix.Sendto(socket, message, 0, &unix.SockaddrInet4{Addr: to.Addr().As4()}); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "control: with a grant for everything there it arrives", func() bool {
		send()
		return arrived() != nothing
	})
	for _, step := range []struct {
		what string
		make func()
	}{
		{"with a grant for datagrams alone", func() {
			l.gatewayConfig.Resources[0].Targets = []object.Target{{
				Prefix: netip.PrefixFrom(to.Addr(), 32), Proto: "udp",
				Ports: []object.PortRange{{First: to.Port(), Last: to.Port()}},
			}}
			l.configure(t)
		}},
		{"when its lease is over", func() {
			l.site.Run(t, "nft", "delete", "element", "inet", "sallyport", "live4", "{ 100.96.1.2 }")
		}},
	} {
		step.make()
		before := arrived()
		for range 5 {
			send()
		}
		if seen := arrived(); seen != before {
			t.Errorf("%s: %s, %s before", step.what, seen, before)
		}
		_, _ = flow.Write([]byte("question"))
		if err := hears(flow, patience); err != nil {
			t.Errorf("%s: the other device's flow ended: %v", step.what, err)
		}
	}
}

// unreachable is what a host says that does not take a datagram.
func unreachable(from, to netip.AddrPort) []byte {
	quoted := []byte{0x45, 0, 0, 29, 0, 0, 0, 0, 64, unix.IPPROTO_UDP, 0, 0}
	quoted = slices.Concat(quoted, from.Addr().AsSlice(), to.Addr().AsSlice())
	binary.BigEndian.PutUint16(quoted[10:], checksum(quoted))
	quoted = binary.BigEndian.AppendUint16(quoted, from.Port())
	quoted = binary.BigEndian.AppendUint16(quoted, to.Port())
	message := slices.Concat([]byte{3, 3, 0, 0, 0, 0, 0, 0}, quoted, []byte{0, 9, 0, 0, 'x', 0})
	binary.BigEndian.PutUint16(message[2:], checksum(message))
	return message
}

// checksum is that of the internet over an even number of bytes.
func checksum(bytes []byte) uint16 {
	sum := uint32(0)
	for index := 0; index < len(bytes); index += 2 {
		sum += uint32(binary.BigEndian.Uint16(bytes[index:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
