//go:build linux

package systemdns

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
)

const managedLink = `[connection]
id=cafe
uuid=0b0f5f9c-0d5b-4c57-9d0f-4a3c1c5f7a11
type=ethernet
interface-name=wan0
[ipv4]
method=manual
address1=192.0.2.2/24,192.0.2.1
dns=192.0.2.53;
[ipv6]
method=disabled
`

func managerProgram(t *testing.T) string {
	t.Helper()
	program := programOf(t, "usr/sbin/NetworkManager")
	ask := exec.Command(program, "--version")
	ask.Env = append(os.Environ(), "LD_LIBRARY_PATH="+
		filepath.Join(os.Getenv(extracted), "usr/lib/x86_64-linux-gnu"))
	if said, err := ask.CombinedOutput(); err != nil {
		t.Skipf("NetworkManager does not start here: %s", said)
	}
	return program
}

// manage starts NetworkManager, never installed, for one link; mode is what stands in its [main].
func manage(t *testing.T, mode string) {
	t.Helper()
	for _, folder := range []string{"/run/nm/connections", "/run/NetworkManager"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// It reads what it alone may read.
	if err := os.WriteFile("/run/nm/connections/cafe.nmconnection", []byte(managedLink), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, "/run/nm/main.conf", "[main]\nplugins=keyfile\nauth-polkit=false\n"+mode+
		"\n[keyfile]\npath=/run/nm/connections\n")
	said := &ears{}
	launch(t, said, managerProgram(t), "--debug", "--config=/run/nm/main.conf", "--config-dir=/run/nm/none",
		"--system-config-dir=/run/nm/none", "--state-file=/run/nm/state", "--intern-config=/run/nm/intern")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("NetworkManager: %s", said.text.String())
		}
	})
}

// managedMachine has a bus, and an /etc of its own, where files can be replaced.
func managedMachine(t *testing.T) {
	t.Helper()
	machine(t)
	kept := map[string]string{}
	for _, name := range []string{"passwd", "group", "nsswitch.conf", "ld.so.cache"} {
		raw, _ := os.ReadFile("/etc/" + name)
		kept[name] = string(raw)
	}
	for _, folder := range []string{"/etc", "/var/lib"} {
		if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "mode=755"); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range kept {
		write(t, "/etc/"+name, text)
	}
	// Where /sys can be written, NetworkManager waits for udev's word on each link.
	if err := unix.Mount("", "/sys", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "ip", "link", "add", "wan0", "type", "veth", "peer", "name", "cafe0")
	nstest.Run(t, "ip", "link", "set", "cafe0", "up")
	launch(t, io.Discard, "/usr/bin/dbus-daemon", "--nofork", "--nopidfile", "--config-file=/run/dbus/system.conf")
	until(t, "the bus", func() bool { _, err := os.Stat(Usual().Bus); return err == nil })
}

func systemForTest() *System { return New(Usual(), slog.New(slog.DiscardHandler)) }

var wantedBesideManager = Wanted{
	Link: "sp0", Stub: []netip.Addr{stub}, Domains: []string{"wiki.corp.example"},
	Answers: true,
}

func TestAFileThatNetworkManagerKeepsIsLeftAlone(t *testing.T) {
	managerProgram(t)
	if !nstest.Isolate(t) {
		return
	}
	managedMachine(t)
	manage(t, "dns=default")
	until(t, "a file of NetworkManager", func() bool {
		raw, _ := os.ReadFile("/etc/resolv.conf")
		return strings.Contains(string(raw), "nameserver 192.0.2.53")
	})
	before := read(t, "/etc/resolv.conf")
	_, err := systemForTest().Take(wantedBesideManager)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "dns=systemd-resolved") {
		t.Errorf("not refused with the line that mends it: %v", err)
	}
	if read(t, "/etc/resolv.conf") != before {
		t.Error("its file was changed")
	}
}

// The line that the refusal names, with the real ones.
func TestNetworkManagerThatTellsSystemdResolvedLeavesOursThere(t *testing.T) {
	managerProgram(t)
	resolved := programOf(t, "lib/systemd/systemd-resolved")
	if !nstest.Isolate(t) {
		return
	}
	managedMachine(t)
	nstest.Run(t, "ip", "link", "add", "sp0", "type", "veth", "peer", "name", "sp0x")
	nstest.Run(t, "ip", "link", "set", "sp0", "up")
	if err := os.Symlink("/run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf"); err != nil {
		t.Fatal(err)
	}
	launch(t, io.Discard, resolved)
	manage(t, "dns=systemd-resolved")
	others := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}
	until(t, "resolved with both", func() bool {
		state, err := systemForTest().Take(wantedBesideManager)
		return err == nil && state.Mode == "resolved" && slices.Equal(state.Others, others)
	})
	manager, err := dialResolved(Usual().Bus, callTime)
	if err != nil {
		t.Fatal(err)
	}
	index, err := indexOf("sp0")
	if err != nil {
		t.Fatal(err)
	}
	if held, err := manager.holds(index, []netip.Addr{stub}, wantedBesideManager.Domains); err != nil || !held {
		t.Errorf("ours are not asked of our link: %v, %v", held, err)
	}
}

// The other line that the refusal names: NetworkManager hands what it learns to openresolv.
func TestNetworkManagerThatTellsOpenresolvHasUsAskedAlone(t *testing.T) {
	managerProgram(t)
	script := strings.ReplaceAll(read(t, programOf(t, "openresolv/sbin/resolvconf")),
		"LIBEXECDIR=/lib/resolvconf\n",
		"LIBEXECDIR="+filepath.Join(os.Getenv(extracted), "openresolv/lib/resolvconf")+"\n")
	if !nstest.Isolate(t) {
		return
	}
	managedMachine(t)
	for _, folder := range []string{"/run/sbin/upper", "/run/sbin/work"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// It is called by its place in the system; only the mount namespace of this test sees it there.
	over := "lowerdir=/usr/sbin,upperdir=/run/sbin/upper,workdir=/run/sbin/work"
	if err := unix.Mount("overlay", "/usr/sbin", "overlay", 0, over); err != nil {
		t.Skipf("no overlay: %v", err)
	}
	if err := os.WriteFile("/usr/sbin/resolvconf", []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "/etc/resolvconf.conf", "resolv_conf=/etc/resolv.conf\nlibc_service=true\n")
	manage(t, "rc-manager=resolvconf")
	says := func(server string) func() bool {
		return func() bool {
			raw, _ := os.ReadFile("/etc/resolv.conf")
			return strings.Contains(string(raw), "nameserver "+server)
		}
	}
	until(t, "openresolv's file with what NetworkManager knows", says("192.0.2.53"))
	before := read(t, "/etc/resolv.conf")
	system := systemForTest()
	state, err := system.Take(wantedBesideManager)
	others := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")}
	if err != nil || state.Mode != "resolvconf" || !slices.Equal(state.Others, others) {
		t.Fatalf("%+v, %v", state, err)
	}
	if says("192.0.2.53")() || !says(stub.String())() {
		t.Errorf("another resolver would hear what ours refuses:\n%s", read(t, "/etc/resolv.conf"))
	}
	if err := system.Release(wantedBesideManager.Link); err != nil || read(t, "/etc/resolv.conf") != before {
		t.Errorf("not as before: %v\n%s", err, read(t, "/etc/resolv.conf"))
	}
}
