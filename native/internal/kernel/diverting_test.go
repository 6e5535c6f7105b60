//go:build linux

package kernel

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// sender is a program of this machine as a rule of others may select it.
type sender struct {
	network string
	from    string // its address, where it binds itself to one
	port    int    // it sends from
	mark    int
	service int
	user    int
}

func (s sender) reaches(address string, patience time.Duration) error {
	host := netip.MustParseAddrPort(address).Addr()
	dialer := net.Dialer{Timeout: patience, Control: func(_, _ string, raw syscall.RawConn) (err error) {
		set := func(descriptor uintptr) {
			level, option := unix.IPPROTO_IP, unix.IP_TOS
			if host.Is6() {
				level, option = unix.IPPROTO_IPV6, unix.IPV6_TCLASS
			}
			// Many cases send from one port, one after the other.
			err = unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
			for _, option := range []struct{ level, name, value int }{
				{unix.SOL_SOCKET, unix.SO_MARK, s.mark}, {level, option, s.service},
			} {
				if err == nil && option.value != 0 {
					err = unix.SetsockoptInt(int(descriptor), option.level, option.name, option.value)
				}
			}
		}
		if failed := raw.Control(set); failed != nil {
			return failed
		}
		return err
	}}
	if s.network == "udp" {
		dialer.LocalAddr = &net.UDPAddr{IP: net.ParseIP(s.from), Port: s.port}
	}
	// A socket is of the user who made it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Setfsuid(s.user)
	connection, err := dialer.Dial(s.network, address)
	_ = unix.Setfsuid(0)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	_, err = io.ReadFull(connection, make([]byte, 5))
	return err
}

// Whatever a rule of another VPN selects by, what it leads past the tunnel of a device is closed, and
// the rule is told.
func TestARuleOfAnotherVPNIsToldWhateverItSelectsBy(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	l.open(t)
	mustReach(t, "with the grant")
	control := l.leaked(t)
	for _, item := range []struct {
		selects string
		by      sender
	}{
		{"ipproto tcp", sender{network: "tcp"}},
		{"ipproto udp dport 8080", sender{network: "udp"}},
		{"ipproto udp sport 4000-4001", sender{network: "udp", port: 4000}},
		{"uidrange 1000-1000", sender{network: "tcp", user: 1000}},
		{"from FROM", sender{network: "udp", from: "FROM"}},
		{"iif lo", sender{network: "udp"}},
		{"tos 0x10", sender{network: "udp", service: 0x10}},
		{"fwmark 0x1/0xff", sender{network: "udp", mark: 0x1}},
		{"not fwmark 0xca6c", sender{network: "udp"}},
	} {
		if item.by.user != 0 && !someUser(item.by.user) {
			t.Logf("%s: no other user here", item.selects)
			continue
		}
		for family, way := range map[string]struct{ to, from string }{
			"-4": {"10.50.0.10:8080", "100.96.1.2"}, "-6": {"[fd50::10]:8080", "fd96::102"},
		} {
			selects, by := strings.ReplaceAll(item.selects, "FROM", way.from), item.by
			by.from = strings.ReplaceAll(by.from, "FROM", way.from)
			if err := by.reaches(way.to, patience); err != nil {
				t.Fatalf("control: %s without the rule: %v", selects, err)
			}
			line := fmt.Sprintf("%s rule add pref 100 %s lookup main", family, selects)
			nstest.Run(t, "ip", strings.Fields(line)...)
			if by.reaches(way.to, refusal) == nil {
				t.Errorf("control: %q leads nothing past the tunnel", line)
			}
			if leaked := l.leaked(t); leaked != control {
				t.Errorf("%q: %s in clear", line, leaked)
			}
			l.mustTell(t, line)
			nstest.Run(t, "ip", strings.Fields(strings.Replace(line, "add", "del", 1))...)
			l.device.Repair(t.Context())
		}
	}
	mustReach(t, "without rules of others")
}

func someUser(user int) bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Setfsuid(user)
	now, _ := unix.SetfsuidRetUid(0)
	return now == user
}

// mustTell expects that a device finds the rule and tells it.
func (l *lab) mustTell(t *testing.T, line string) {
	t.Helper()
	observed, err := l.device.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := observed.Findings
	if len(found) != 1 || found[0].Kind != ports.RouteDiverted ||
		!strings.Contains(found[0].Detail, "leaves by wan0: ip "+line[:2]+" pref 100 ") {
		t.Errorf("%q: found %v", line, found)
		return
	}
	l.device.Repair(t.Context())
	event := await(t, l.events, ports.Tampered)
	if event.Fields["what"] != "diverted" || event.Fields["detail"] != found[0].Detail {
		t.Errorf("%q: told %v", line, event.Fields)
	}
	l.device.Repair(t.Context())
	for len(l.events) > 0 {
		if event := <-l.events; event.Name == ports.Tampered {
			t.Errorf("%q: told twice: %v", line, event.Fields)
		}
	}
}
