package names

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/confine"
	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/systemdns"
)

func TestMain(m *testing.M) {
	if child.IsCall(os.Args[1:]) {
		os.Exit(child.Run(os.Args[1:], os.Stderr))
	}
	// Wine 10 lacks an option that Go wants of every UDP socket.
	if socket, err := net.ListenPacket("udp", "127.0.0.1:0"); errors.Is(err, windows.WSAEOPNOTSUPP) {
		networks = []string{"tcp"}
	} else if err == nil {
		_ = socket.Close()
	}
	// Where the account is not to be had, the child has ours, with the same taken from it.
	if token, err := confine.ResolverToken(); err != nil {
		resolverToken = ownLessened
	} else {
		_ = token.Close()
	}
	os.Exit(m.Run())
}

func ownLessened() (windows.Token, error) {
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS,
		&own); err != nil {
		return 0, err
	}
	defer func() { _ = own.Close() }()
	return confine.Lessened(own)
}

// Each test has its own, since a port is free again only some time after its child.
var (
	askedHere   = netip.MustParseAddr("127.83.80.54")
	takenHere   = netip.MustParseAddr("127.83.80.55")
	leftHere    = netip.MustParseAddr("127.83.80.56")
	accountHere = netip.MustParseAddr("127.83.80.57")
)

// elsewhere is a system that sends no questions.
type elsewhere struct{}

func (elsewhere) Take(systemdns.Wanted) (systemdns.State, error) { return systemdns.State{}, nil }
func (elsewhere) Release(string) error                           { return nil }

func serving(t *testing.T, at netip.Addr) (*Names, error) {
	t.Helper()
	k := &kernel{}
	n := New(Options{Device: k, Gateway: k, Emit: func(ports.Event) {},
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), System: elsewhere{},
		Stub: []netip.Addr{at}})
	t.Cleanup(func() { _ = n.Leave(context.Background()) })
	tunnel := object.Tunnel{
		Addresses: []netip.Prefix{netip.MustParsePrefix("100.96.0.2/32")},
		DNS:       []object.DNSDomain{{Name: "corp.example", Wildcard: true}},
	}
	return n, n.ServeDevice(t.Context(), tunnel, nil)
}

// code asks until somebody answers.
func code(t *testing.T, network, name string) int {
	t.Helper()
	client := dns.Client{Net: network, Timeout: 5 * time.Second}
	at := netip.AddrPortFrom(askedHere, systemdns.Port).String()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		answer, _, err := client.Exchange(new(dns.Msg).SetQuestion(name, dns.TypeA), at)
		if err == nil {
			return answer.Rcode
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestProtectedNamesWithoutATunnelFailAndOthersAreRefused(t *testing.T) {
	n, err := serving(t, askedHere)
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range networks {
		if got := code(t, network, "wiki.corp.example."); got != dns.RcodeServerFailure {
			t.Fatal(network, got)
		}
		if got := code(t, network, "example.org."); got != dns.RcodeRefused {
			t.Fatal(network, got)
		}
	}
	// A child that was killed has a successor.
	first := n.child
	if err := first.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	if got := code(t, "tcp", "wiki.corp.example."); got != dns.RcodeServerFailure {
		t.Fatal(got)
	}
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	taken, err := net.Listen("tcp", netip.AddrPortFrom(takenHere, systemdns.Port).String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if _, err := serving(t, takenHere); err == nil {
		t.Fatal("served where somebody else does")
	}
}

func TestWithoutItsAccountNoChildServesNames(t *testing.T) {
	had := resolverToken
	defer func() { resolverToken = had }()
	resolverToken = func() (windows.Token, error) { return 0, errors.New("no such account") }
	if _, err := serving(t, accountHere); err == nil {
		t.Fatal("names are served with other rights")
	}
}

func TestNothingOfTheChildOutlivesLeave(t *testing.T) {
	n, err := serving(t, leftHere)
	if err != nil {
		t.Fatal(err)
	}
	ended := n.child.ended
	if err := n.Leave(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-ended
}
