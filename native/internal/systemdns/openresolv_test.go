//go:build linux

package systemdns

import (
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openresolvAt makes openresolv, a script with fixed folders, work below another one.
func openresolvAt(t *testing.T, folder string) Places {
	t.Helper()
	script := read(t, programOf(t, "openresolv/sbin/resolvconf"))
	library := filepath.Join(os.Getenv(extracted), "openresolv/lib/resolvconf")
	for former, now := range map[string]string{
		"SYSCONFDIR=/etc\n": "SYSCONFDIR=" + folder + "\n", "VARDIR=/run/resolvconf\n": "VARDIR=" + folder + "/run\n",
		"LIBEXECDIR=/lib/resolvconf\n": "LIBEXECDIR=" + library + "\n",
	} {
		if !strings.Contains(script, former) {
			t.Fatalf("another openresolv than the one known here: no %q", former)
		}
		script = strings.Replace(script, former, now, 1)
	}
	program, file := filepath.Join(folder, "resolvconf"), filepath.Join(folder, "resolv.conf")
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "resolvconf.conf"), "resolv_conf="+file+"\nlibc_service=true\n")
	return Places{ResolvConf: file, Bus: filepath.Join(folder, "bus"), Resolvconf: []string{program}}
}

func TestOpenresolvAsksUsAloneAndComesBack(t *testing.T) {
	if os.Getenv(extracted) == "" {
		t.Skip("no unpacked resolvers here: run `npm run test:resolvers`")
	}
	places := openresolvAt(t, t.TempDir())
	link := func(name, server string) {
		t.Helper()
		if _, err := runProgram(places.Resolvconf[0], "nameserver "+server+"\n", "-a", name); err != nil {
			t.Fatal(err)
		}
	}
	link("eth0", "192.0.2.53")
	before := read(t, places.ResolvConf)
	system := New(places, slog.New(slog.NewTextHandler(io.Discard, nil)))
	state, err := system.Take(wanted)
	if err != nil || state.Mode != "resolvconf" || len(state.Others) != 1 ||
		state.Others[0] != netip.MustParseAddrPort("192.0.2.53:53") {
		t.Fatalf("%+v, %v", state, err)
	}
	if text := read(t, places.ResolvConf); strings.Contains(text, "192.0.2.53") {
		t.Errorf("another resolver would hear what ours refuses:\n%s", text)
	}
	link("wlan0", "198.51.100.53")
	state, err = New(places, system.log).Take(wanted)
	if err != nil || len(state.Others) != 2 || strings.Contains(read(t, places.ResolvConf), "198.51.100.53") {
		t.Errorf("a new link, a new netd: %+v, %v\n%s", state, err, read(t, places.ResolvConf))
	}
	if _, err := runProgram(places.Resolvconf[0], "", "-d", "wlan0"); err != nil {
		t.Fatal(err)
	}
	if err := system.Release("sp0"); err != nil || read(t, places.ResolvConf) != before {
		t.Errorf("not as before: %v\n%s", err, read(t, places.ResolvConf))
	}
}
