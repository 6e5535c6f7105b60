//go:build linux

package wg

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/object"
)

// memoryTun hands packets over in memory.
type memoryTun struct {
	out, in chan []byte // what the machine sends, and what it is given
	events  chan tun.Event
	closed  chan struct{}
}

func newMemoryTun() *memoryTun {
	m := &memoryTun{
		out: make(chan []byte, 16), in: make(chan []byte, 16),
		events: make(chan tun.Event), closed: make(chan struct{}),
	}
	return m
}

func (m *memoryTun) File() *os.File           { return nil }
func (m *memoryTun) MTU() (int, error)        { return 1420, nil }
func (m *memoryTun) Name() (string, error)    { return "memory", nil }
func (m *memoryTun) Events() <-chan tun.Event { return m.events }
func (m *memoryTun) BatchSize() int           { return 1 }

func (m *memoryTun) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	select {
	case packet := <-m.out:
		sizes[0] = copy(buffers[0][offset:], packet)
		return 1, nil
	case <-m.closed:
		return 0, os.ErrClosed
	}
}

func (m *memoryTun) Write(buffers [][]byte, offset int) (int, error) {
	for _, buffer := range buffers {
		m.in <- append([]byte{}, buffer[offset:]...)
	}
	return len(buffers), nil
}

func (m *memoryTun) Close() error {
	close(m.closed)
	close(m.events)
	return nil
}

// end is one side of a tunnel over loopback.
type end struct {
	*memoryTun
	link    *userspaceBackend
	private object.Key
	address netip.Addr
}

func newEnd(t *testing.T, address string) *end {
	t.Helper()
	e := &end{memoryTun: newMemoryTun(), address: netip.MustParseAddr(address)}
	e.link = newUserspaceBackend(e.memoryTun, "memory", slog.Default())
	t.Cleanup(func() { _ = e.link.close() })
	e.rekey(t)
	return e
}

// rekey gives this end a fresh private key, and leaves its peers as they are.
func (e *end) rekey(t *testing.T) {
	t.Helper()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e.private = clamp(object.Key(private.Bytes()))
	if err := e.link.write(update{settings: &Settings{PrivateKey: e.private}}); err != nil {
		t.Fatal(err)
	}
}

// knows makes the other end the only peer of this one.
func (e *end) knows(t *testing.T, other *end) {
	t.Helper()
	own, err := e.link.read()
	if err != nil {
		t.Fatal(err)
	}
	there, err := other.link.read()
	if err != nil {
		t.Fatal(err)
	}
	public, err := other.private.Public()
	if err != nil {
		t.Fatal(err)
	}
	change := update{put: []Peer{{
		PublicKey:  public,
		Endpoint:   netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), there.Settings.ListenPort),
		AllowedIPs: []netip.Prefix{netip.PrefixFrom(other.address, 32)},
	}}}
	for key := range own.Peers {
		if key != public {
			change.remove = append(change.remove, key)
		}
	}
	if err := e.link.write(change); err != nil {
		t.Fatal(err)
	}
}

// reaches sends one packet and waits for it on the other end.
func (e *end) reaches(t *testing.T, other *end) {
	t.Helper()
	packet := make([]byte, 24)
	packet[0] = 0x45
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	copy(packet[12:], e.address.AsSlice())
	copy(packet[16:], other.address.AsSlice())
	_, _ = rand.Read(packet[20:])
	e.out <- packet
	select {
	case came := <-other.in:
		if string(came) != string(packet) {
			t.Errorf("%x came, %x was sent", came, packet)
		}
	case <-time.After(15 * time.Second):
		t.Fatalf("nothing came from %s to %s", e.address, other.address)
	}
}

// The vendored WireGuard computes what the long term keys share when a handshake needs it, see
// native/patches; a new private key must not meet the secret of the former one.
func TestHandshakesFollowNewPrivateKeysOfEitherEnd(t *testing.T) {
	device, gateway := newEnd(t, "10.9.0.1"), newEnd(t, "10.9.0.2")
	device.knows(t, gateway)
	gateway.knows(t, device)
	device.reaches(t, gateway)
	gateway.reaches(t, device)

	device.rekey(t)
	gateway.knows(t, device)
	device.reaches(t, gateway)

	// The gateway's peer stays the same one.
	gateway.rekey(t)
	device.knows(t, gateway)
	device.reaches(t, gateway)
	gateway.reaches(t, device)
}
