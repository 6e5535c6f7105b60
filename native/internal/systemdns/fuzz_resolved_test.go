//go:build linux

package systemdns

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/systemdns/bus"
)

// saidBus is a line at whose other end somebody says all of this, whatever is asked.
type saidBus struct {
	net.Conn
	said  io.Reader
	ended bool
}

func (s *saidBus) Read(into []byte) (int, error) {
	if s.ended {
		return 0, net.ErrClosed
	}
	return s.said.Read(into)
}

func (s *saidBus) Write(raw []byte) (int, error) {
	if s.ended {
		return 0, net.ErrClosed
	}
	return len(raw), nil
}

func (s *saidBus) Close() error                { s.ended = true; return nil }
func (s *saidBus) SetDeadline(time.Time) error { return nil }

// FuzzResolved takes the resolver over from a bus that says anything: it ends, needs no more memory
// than what came is worth, and what it believes are addresses. The seeds beside it are what Debian's
// dbus-daemon and systemd-resolved said.
func FuzzResolved(f *testing.F) {
	f.Add([]byte("DATA\r\nOK 0\r\nl\x02\x01\x01\xff\xff\xff\x07\x01\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("REJECTED EXTERNAL\r\n"))
	f.Add(bytes.Repeat([]byte("DATA"), 1<<14))
	wanted := Wanted{
		Link: "lo", Stub: []netip.Addr{netip.MustParseAddr("100.96.1.2")},
		Domains: []string{"wiki.corp.example", "50.10.in-addr.arpa"},
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		line := &saidBus{said: bytes.NewReader(raw)}
		system := New(Places{}, slog.New(slog.DiscardHandler))
		met, err := meetResolved(line, callTime)
		if err != nil {
			if !line.ended {
				t.Fatalf("the line stays open after %v", err)
			}
			return
		}
		state, err := system.takeResolved(met, wanted)
		_ = met.alive()
		runtime.ReadMemStats(&after)
		if most := uint64(1<<21 + 64*len(raw)); after.TotalAlloc-before.TotalAlloc > most {
			t.Fatalf("%d bytes are answered with %d of memory", len(raw), after.TotalAlloc-before.TotalAlloc)
		}
		for _, other := range state.Others {
			if err != nil || !other.IsValid() {
				t.Fatalf("believes %v, %v", other, err)
			}
		}
	})
}

// realAnswers are what Debian's programs said when the resolver was taken over.
func realAnswers(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/fuzz/FuzzResolved/real-search-domain-of-another-link")
	if err != nil {
		t.Fatal(err)
	}
	_, quoted, _ := strings.Cut(strings.TrimSuffix(string(raw), ")\n"), "[]byte(")
	said, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func TestOnlyAnswersOfTheirTypeAreBelieved(t *testing.T) {
	whole := realAnswers(t)
	for what, change := range map[string][2]string{
		"nothing changed":          {"", ""},
		"numbers for addresses":    {"a(iiay)", "a(iiau)"},
		"a flag that is no flag":   {"wiki.corp.example\x00\x00\x00\x01", "wiki.corp.example\x00\x00\x00\x02"},
		"a list beyond its answer": {"a(isb)\x00\x8c\x00", "a(isb)\x00\x8c\x01"},
		"a list that ends inside":  {"a(isb)\x00\x8c\x00", "a(isb)\x00\x8b\x00"},
	} {
		said := strings.ReplaceAll(whole, change[0], change[1])
		met, err := meetResolved(&saidBus{said: strings.NewReader(said)}, callTime)
		if err != nil {
			t.Fatal(err)
		}
		found, err := met.links()
		if what == "nothing changed" {
			if err != nil || !slices.Equal(found.searched(5), []string{"cafe.example"}) || len(found.servers[3]) != 1 {
				t.Errorf("%+v, %v", found, err)
			}
		} else if !errors.Is(err, bus.ErrDamaged) || len(found.servers)+len(found.search) > 0 {
			t.Errorf("%s: %+v, %v", what, found, err)
		}
	}
}
