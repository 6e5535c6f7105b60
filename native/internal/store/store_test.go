package store_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/store"
)

func open(t *testing.T) (*store.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	opened, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened, dir
}

func write(t *testing.T, s *store.Store, name, content string) {
	t.Helper()
	if err := s.Write(name, []byte(content)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenIsPrivateAndReadBack(t *testing.T) {
	s, dir := open(t)
	if raw, err := s.Read(store.PinFile); raw != nil || err != nil {
		t.Fatalf("absent file: %q, %v", raw, err)
	}
	write(t, s, store.PinFile, "one")
	write(t, s, store.PinFile, "two")
	if raw, err := s.Read(store.PinFile); string(raw) != "two" || err != nil {
		t.Fatalf("%q, %v", raw, err)
	}
	info, err := os.Stat(filepath.Join(dir, store.PinFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v, %v", info, err)
	}
}

func TestFileThatIsNotOursIsCorrupt(t *testing.T) {
	cases := map[string]func(path string) error{
		"empty":             func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"readable by group": func(path string) error { return os.WriteFile(path, []byte("x"), 0o640) },
		"too long": func(path string) error {
			return os.WriteFile(path,
				bytes.Repeat([]byte("x"), 2<<20), 0o600)
		},
		"a link":   func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
	}
	for name, make := range cases {
		t.Run(name, func(t *testing.T) {
			s, dir := open(t)
			path := filepath.Join(dir, store.ConfigFile)
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "readable") {
				if err := os.Chmod(path, 0o640); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Read(store.ConfigFile); !errors.Is(err, store.ErrCorrupt) {
				t.Fatal(err)
			}
			aside, err := s.SetAside(store.ConfigFile)
			if err != nil || !strings.HasPrefix(aside, store.ConfigFile+".corrupt-") {
				t.Fatalf("%q, %v", aside, err)
			}
			if raw, err := s.Read(store.ConfigFile); raw != nil || err != nil {
				t.Fatalf("%q, %v", raw, err)
			}
		})
	}
}

func TestSecondStoreOnTheSameFolderIsLocked(t *testing.T) {
	s, dir := open(t)
	if _, err := store.Open(dir); !errors.Is(err, store.ErrLocked) {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestFolderThatOthersMayEnterIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(dir); err == nil {
		t.Fatal("opened")
	}
}

func TestForgetLeavesNothing(t *testing.T) {
	s, dir := open(t)
	write(t, s, store.PinFile, "x")
	write(t, s, store.KeyFile, "x")
	if err := s.Forget(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Fatalf("%v, %v", entries, err)
	}
}

func TestRecordIsReadStrictly(t *testing.T) {
	raw, err := store.Record{Current: "a.b.c", Former: "d.e.f", Confirmed: true}.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	record, err := store.ParseRecord(raw)
	if err != nil || record.Current != "a.b.c" || record.Former != "d.e.f" || !record.Confirmed {
		t.Fatalf("%+v, %v", record, err)
	}
	for _, bad := range []string{"", "{}", "null", `{"current":"","former":"","confirmed":true}`,
		string(raw) + "x", strings.Replace(string(raw), "former", "Former", 1)} {
		if _, err := store.ParseRecord([]byte(bad)); err == nil {
			t.Fatalf("accepted %s", bad)
		}
	}
}

func TestPrefixesAreRememberedAndForgotten(t *testing.T) {
	s, dir := open(t)
	expect := func(want ...netip.Prefix) {
		t.Helper()
		if got, err := s.Recall(); err != nil || !slices.Equal(got, want) {
			t.Fatalf("recalled %v, %v; want %v", got, err, want)
		}
	}
	expect()
	four, six := netip.MustParsePrefix("10.50.0.0/24"), netip.MustParsePrefix("fd50::/64")
	for _, kept := range [][]netip.Prefix{{four}, {four, six}} {
		if err := s.Remember(kept); err != nil {
			t.Fatal(err)
		}
		expect(kept...)
	}
	for range 2 {
		if err := s.Remember(nil); err != nil {
			t.Fatal(err)
		}
		expect()
	}
	for _, damaged := range []string{`{`, `{"prefixes":["10.50.0.1/24"]}`, `{"prefixes":["x"]}`, `{}`} {
		write(t, s, store.InsideFile, damaged)
		if got, err := s.Recall(); err == nil {
			t.Errorf("%s is taken for %v", damaged, got)
		}
	}
	if err := s.Forget(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, store.InsideFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left after Forget: %v", err)
	}
}
