//go:build linux

package wg

import (
	"bufio"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/object"
)

const (
	holdName = "sptest0"
	holdRole = "SALLYPORT_TEST_HOLD"
)

// TestHoldTheInterface is the process that gets killed; alone it does nothing.
func TestHoldTheInterface(t *testing.T) {
	if os.Getenv(holdRole) == "" {
		t.Skip("helper of TestTunIsAttachedAgainAfterAKill")
	}
	link, err := openUserspace(holdName, 1400, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Configure(Settings{PrivateKey: object.Key{7}}); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("holding\n")
	select {}
}

func TestTunIsAttachedAgainAfterAKill(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	if file, err := os.OpenFile(tunPath, os.O_RDWR, 0); err != nil {
		nstest.Unavailable(t, err.Error())
	} else {
		_ = file.Close()
	}
	holder := exec.Command("/proc/self/exe", "-test.run=^TestHoldTheInterface$")
	holder.Env = append(os.Environ(), holdRole+"=1")
	holder.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(output).ReadString('\n'); line != "holding\n" {
		t.Fatalf("the holder said %q", line)
	}
	nstest.Run(t, "ip", "link", "set", holdName, "up")
	nstest.Run(t, "ip", "route", "add", "10.50.0.0/24", "dev", holdName)
	before, err := netlink.LinkByName(holdName)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openUserspace(holdName, 1400, slog.Default()); err == nil {
		t.Fatal("two processes hold one interface")
	}

	if err := holder.Process.Signal(unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	after, err := netlink.LinkByName(holdName)
	if err != nil || after.Attrs().Index != before.Attrs().Index {
		t.Fatalf("the interface did not survive: %v", err)
	}
	link, err := Open(holdName, 1400, slog.Default())
	if err != nil {
		t.Fatalf("attach again: %v", err)
	}
	routes, err := netlink.RouteList(after, unix.AF_INET)
	if err != nil || len(routes) != 1 {
		t.Errorf("routes after attaching: %v, %v", routes, err)
	}
	if link.Kind() != Userspace {
		t.Errorf("kind = %s", link.Kind())
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	if _, err := netlink.LinkByName(holdName); err != nil {
		t.Errorf("closing removed the interface: %v", err)
	}
}

func prefixes(texts ...string) []netip.Prefix {
	list := []netip.Prefix{}
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestPeersAreWrittenByDifference(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	if Probe() == None {
		nstest.Unavailable(t, "no WireGuard and no TUN here")
	}
	link, err := Open(holdName, 1400, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{PrivateKey: object.Key{7, 31: 255}, ListenPort: 51999, Mark: 0x53000000}
	a := Peer{
		PublicKey: object.Key{1}, PresharedKey: object.Key{2}, KeepaliveSeconds: 25,
		Endpoint:   netip.MustParseAddrPort("192.0.2.1:51820"),
		AllowedIPs: prefixes("10.0.0.0/8", "fd00::/8"),
	}
	b := Peer{PublicKey: object.Key{3}, AllowedIPs: prefixes("10.1.0.0/16")}
	for _, step := range []error{link.Configure(settings), link.Reconcile([]Peer{a, b})} {
		if step != nil {
			t.Fatal(step)
		}
	}
	state, err := link.Read()
	if err != nil {
		t.Fatal(err)
	}
	if state.Settings.ListenPort != 51999 || state.Settings.Mark != 0x53000000 {
		t.Errorf("settings = port %d, mark %#x", state.Settings.ListenPort, state.Settings.Mark)
	}
	if left := state.differing([]Peer{a, b}); len(left) != 0 {
		t.Errorf("a second reconcile would write %+v", left)
	}
	if err := link.Reconcile([]Peer{b}); err != nil {
		t.Fatal(err)
	}
	if err := link.Remove(object.Key{9}); err != nil {
		t.Errorf("removing an unknown peer: %v", err)
	}
	if state, _ = link.Read(); len(state.Peers) != 1 {
		t.Errorf("left: %v", state.Observed())
	}
	if err := link.Bump(51999); err != nil {
		t.Error(err)
	}
	if state, _ = link.Read(); state.Settings.ListenPort != 51999 || len(state.Peers) != 1 {
		t.Errorf("after the bump: port %d, peers %v", state.Settings.ListenPort, state.Observed())
	}
}
