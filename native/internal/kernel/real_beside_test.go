//go:build linux

package kernel

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/ports"
)

// besideOthers says that Debian's Docker and libvirt lie over the system: `npm run test:beside`.
const besideOthers = "SALLYPORT_BESIDE"

// start runs a daemon of others until the test ends, and waits until it has made its bridge and a rule.
func (m machine) start(t *testing.T, bridge, rule string, argv ...string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "log")
	m.do(func() {
		file, err := os.Create(log)
		if err != nil {
			t.Fatal(err)
		}
		command := exec.Command(argv[0], argv[1:]...)
		command.Stdout, command.Stderr = file, file
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = command.Process.Kill()
			_ = command.Wait()
		})
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		made := false
		m.do(func() {
			rules, err := exec.Command("nft", "list", "ruleset").Output()
			made = err == nil && strings.Contains(string(rules), rule) && has(bridge)
		})
		if made {
			return
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			t.Fatalf("%s made no rule %s: %s", argv[0], rule, text[max(0, len(text)-2000):])
		}
	}
}

// ownFolders gives the test what these daemons write to, as long as its mount namespace lives.
func ownFolders(t *testing.T) {
	t.Helper()
	if os.Getenv(besideOthers) == "" {
		t.Skip("Docker and libvirt do not lie over this system: run `npm run test:beside`")
	}
	for _, folder := range []string{"/run", "/var/lib"} {
		if err := unix.Mount("tmpfs", folder, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"/var/lib/docker", "/var/lib/libvirt/dnsmasq", "/run/dbus"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func (m machine) docker(t *testing.T) {
	t.Helper()
	m.start(t, dockers.name, `iifname "docker0" oifname "docker0"`,
		"/usr/sbin/dockerd", "--data-root=/var/lib/docker", "--exec-root=/run/docker",
		"--pidfile=/run/docker.pid", "--host=unix:///run/docker.sock", "--storage-driver=vfs",
		"--experimental", "--ip6tables", "--ipv6", "--fixed-cidr-v6=fdcc::/64")
}

func (m machine) libvirt(t *testing.T) {
	t.Helper()
	networks := "/etc/libvirt/qemu/networks"
	m.run(t, "mkdir", "-p", networks+"/autostart")
	m.run(t, "cp", "/usr/share/libvirt/networks/default.xml", networks)
	m.run(t, "ln", "-sf", "../default.xml", networks+"/autostart/default.xml")
	m.start(t, libvirts.name, `oifname "virbr0" ip daddr`, "/usr/sbin/libvirtd")
}

// guest is what Docker or libvirt would start: a namespace at the bridge.
func (m machine) guest(t *testing.T, bridge bridge) *nstest.Namespace {
	t.Helper()
	space := m.attach(t, "guest0")
	m.run(t, "ip", "link", "set", "guest0", "master", bridge.name, "up")
	space.Run(t, "ip", "addr", "add", bridge.guest+"/24", "dev", "inner0")
	space.Run(t, "ip", "link", "set", "inner0", "up")
	space.Run(t, "ip", "route", "add", "default", "via", bridge.router)
	return space
}

type bridge struct{ name, guest, router string }

var (
	dockers  = bridge{"docker0", "172.17.0.9", "172.17.0.1"}
	libvirts = bridge{"virbr0", "192.168.122.9", "192.168.122.1"}
)

func TestRealDockerBesideAGateway(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	ownFolders(t)
	l := newLab(t)
	site := machine{l.site.Do}
	serve(t, l.resource, 8080)
	echoStreams(t, "[::]:7000")
	// It drops what is forwarded only where nobody forwarded before it came.
	site.docker(t)
	l.open(t)
	mustNotReach(t, "beside Docker")
	found := l.observe(t).Findings
	places := []string{}
	for _, finding := range found {
		if finding.Kind == ports.ForwardDropped {
			places = append(places, finding.Detail)
		}
		// The line that `sallyport doctor` prints (agent/core/local/doctor.ts).
		l.site.Run(t, "nft", "insert rule "+finding.Detail+
			" meta mark and 0xff000000 == 0x53000000 accept")
	}
	if !slices.Contains(places, "ip filter DOCKER-USER") || len(places) != 2 {
		t.Errorf("found: %v", found)
	}
	mustReach(t, "with the lines")
	if found := l.observe(t).Findings; len(found) != 0 {
		t.Errorf("found after mending: %v", found)
	}
	container := site.guest(t, dockers)
	expectFrom(t, container, "192.0.2.1:7000", true, "a container and the internet")
	expectFrom(t, container, "100.96.1.2:7000", false, "a container and a device")
}

func TestRealLibvirtBesideAGateway(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	ownFolders(t)
	l := newLab(t)
	site := machine{l.site.Do}
	serve(t, l.resource, 8080)
	echoStreams(t, "[::]:7000")
	site.libvirt(t)
	l.open(t)
	mustReach(t, "beside libvirt")
	if found := l.observe(t).Findings; len(found) != 0 {
		t.Errorf("found: %v", found)
	}
	guest := site.guest(t, libvirts)
	expectFrom(t, guest, "192.0.2.1:7000", true, "a virtual machine and the internet")
	expectFrom(t, guest, "100.96.1.2:7000", false, "a virtual machine and a device")
}

func TestRealDockerBesideADevice(t *testing.T) { besideADevice(t, machine.docker, dockers) }

func TestRealLibvirtBesideADevice(t *testing.T) { besideADevice(t, machine.libvirt, libvirts) }

func besideADevice(t *testing.T, daemon func(machine, *testing.T), bridge bridge) {
	t.Helper()
	if !nstest.Isolate(t) {
		return
	}
	ownFolders(t)
	l := newLab(t)
	l.leakable(t)
	serve(t, l.resource, 8080)
	serve(t, l.site, 7000)
	daemon(here, t)
	guest := here.guest(t, bridge)
	expectFrom(t, guest, "10.50.0.10:8080", true, "control, without a guard")
	l.configure(t)
	l.commit(t, upsert(l.grant("res_git"), lasting, time.Hour))
	l.connect(t)
	mustReach(t, "the device itself")
	expectFrom(t, guest, "10.50.0.10:8080", false, "a guest and a resource")
	expectFrom(t, guest, "192.0.2.2:7000", true, "a guest and the internet")
}
