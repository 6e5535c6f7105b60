//go:build linux

package kernel

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

// whoAsks answers on UDP 7100 with the address that the question came from.
func whoAsks(t *testing.T, namespace *nstest.Namespace) {
	t.Helper()
	namespace.Do(func() {
		packets, err := net.ListenPacket("udp", "[::]:7100")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = packets.Close() })
		go func() {
			buffer := make([]byte, 64)
			for {
				_, from, err := packets.ReadFrom(buffer)
				if err != nil {
					return
				}
				seen := from.(*net.UDPAddr).AddrPort().Addr().Unmap().String()
				_, _ = packets.WriteTo([]byte(seen), from)
			}
		}()
	})
}

func seenBy(t *testing.T, address string) string {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		connection, err := net.Dial("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = connection.Write([]byte("who am I"))
		_ = connection.SetReadDeadline(time.Now().Add(refusal))
		buffer := make([]byte, 64)
		size, err := connection.Read(buffer)
		_ = connection.Close()
		if err == nil {
			return string(buffer[:size])
		}
	}
	t.Fatalf("%s does not answer", address)
	return ""
}

func TestAResourceOfASnatSiteSeesTheGateway(t *testing.T) {
	resourceSees(t, "snat", "10.50.0.1", "fd50::1")
}

func TestAResourceOfARoutedSiteSeesTheDevice(t *testing.T) {
	resourceSees(t, "routed", "100.96.1.2", "fd96::102")
}

func resourceSees(t *testing.T, mode string, want ...string) {
	t.Helper()
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	whoAsks(t, l.resource)
	l.openRoadOfResource(t)
	l.gatewayConfig.Mode = mode
	l.open(t)
	for index, address := range []string{"10.50.0.10:7100", "[fd50::10]:7100"} {
		if seen := seenBy(t, address); seen != want[index] {
			t.Errorf("the resource sees %s, want %s", seen, want[index])
		}
	}
	mustReach(t, mode)
	l.commit(t, ports.Change{Remove: []ports.GrantState{{Grant: l.grant("res_git")}}})
	mustNotReach(t, mode+", without the grant")
}

// A LAN narrower than the tunnel: the gateway's own error reaches the device, TCP never notices.
func TestPathMTUBeyondTheGateway(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.site.Run(t, "ip", "link", "set", "lan0", "mtu", "1300")
	l.resource.Run(t, "ip", "link", "set", "lan1", "mtu", "1300")
	l.open(t)
	mustReach(t, "small packets")
	for _, way := range everyWay {
		if way.network != "udp" {
			continue
		}
		connection, err := net.Dial("udp", way.address)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := connection.(*net.UDPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		_ = raw.Control(func(fd uintptr) {
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DO)
			_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER,
				unix.IPV6_PMTUDISC_DO)
		})
		told := false
		for deadline := time.Now().Add(patience); !told && time.Now().Before(deadline); {
			_, err := connection.Write(make([]byte, 1350))
			told = errors.Is(err, syscall.EMSGSIZE)
			time.Sleep(10 * time.Millisecond)
		}
		if !told {
			t.Errorf("%s: the sender is never told that the path is narrower", way.address)
		}
		_ = connection.Close()
	}
	mustReach(t, "after the error")
}

func TestFlowsOfAnEndedGrantAreForgotten(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	grant := l.open(t)
	mustReach(t, "with the grant")
	if count := l.tracked(t); count < 4 {
		t.Fatalf("only %d flows are tracked", count)
	}
	l.commit(t, ports.Change{Remove: []ports.GrantState{{Grant: grant}}})
	until(t, "no flow is tracked", func() bool { return l.tracked(t) == 0 })
}

// tracked counts the flows at the gateway that the device began.
func (l *lab) tracked(t *testing.T) int {
	t.Helper()
	count := 0
	l.site.Do(func() {
		for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
			flows, err := netlink.ConntrackTableList(netlink.ConntrackTable, family)
			if err != nil {
				t.Fatal(err)
			}
			for _, flow := range flows {
				source, _ := netip.AddrFromSlice(flow.Forward.SrcIP)
				for _, own := range l.tunnel.Addresses {
					if source.Unmap() == own.Addr() {
						count++
					}
				}
			}
		}
	})
	return count
}

func TestFlowsOfWhomAFormerProcessLetInAreForgotten(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	l.site.Do(func() {
		second := successor(t, l.gateway)
		configured(t, l, l.gatewayConfig, second)
		if _, err := second.Commit(t.Context(), ports.Change{Replace: true}); err != nil {
			t.Fatal(err)
		}
	})
	until(t, "no flow is tracked", func() bool { return l.tracked(t) == 0 })
}

func TestAGatewayListensOnAnotherPortAsWell(t *testing.T) { listensOn443(t, "192.0.2.2") }

func TestAGatewayListensOnAnotherPortOverIPv6(t *testing.T) { listensOn443(t, "2001:db8::2") }

func listensOn443(t *testing.T, address string) {
	t.Helper()
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	l.gatewayConfig.AlsoListenPorts = []uint16{443}
	l.tunnel.Sites[0].Peers[0].Endpoints = []object.Endpoint{
		{Address: netip.MustParseAddr(address), Port: 443},
	}
	l.open(t)
	mustReach(t, "by UDP 443 at "+address)
}

func TestAGatewayGoesOnHearingItsRouter(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	read := func(name string) string {
		return strings.TrimSpace(l.site.Run(t, "sysctl", "-n", "net.ipv6.conf."+name+".accept_ra"))
	}
	l.site.Run(t, "sysctl", "-qw", "net.ipv6.conf.wan1.accept_ra=1", "net.ipv6.conf.lan0.accept_ra=0")
	l.configure(t)
	if wan, lan := read("wan1"), read("lan0"); wan != "2" || lan != "0" {
		t.Errorf("accept_ra: uplink %s, LAN %s; want 2 and 0", wan, lan)
	}
	l.site.Run(t, "sysctl", "-qw", "net.ipv6.conf.wan1.accept_ra=0")
	l.configure(t)
	if wan, tunnel := read("wan1"), read("spg0"); wan != "0" || tunnel != "0" {
		t.Errorf("accept_ra: uplink %s as its owner set it, tunnel %s; want 0 and 0", wan, tunnel)
	}
}
