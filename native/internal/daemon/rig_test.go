package daemon

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/peercred"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/socket"
	"sallyport.dev/netd/internal/store"
)

type claims = fakecontroller.Claims

const startSeconds = 1_900_000_000

// handClock is moved by tests only.
type handClock struct {
	mutex sync.Mutex
	now   clock.Reading
}

func (h *handClock) read() clock.Reading {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.now
}

func (h *handClock) advance(step time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.now.Monotonic += step
	h.now.Boot += step
	h.now.Wall += step
}

// setBack is what anybody who may set the time does; the other clocks go on.
func (h *handClock) setBack(step time.Duration) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.now.Wall -= step
}

// rig is a netd on a real socket above a fake kernel.
type rig struct {
	t       *testing.T
	c       *fakecontroller.Controller
	core    *Daemon
	device  *fakekernel.Device
	gateway *fakekernel.Gateway
	names   *fakekernel.Names
	clock   *handClock
	dir     string
	role    ipc.Role
	stop    func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{
		t: t, c: fakecontroller.New(t), device: &fakekernel.Device{}, gateway: fakekernel.NewGateway(), names: &fakekernel.Names{},
		// The wall clock of the machine agrees with the certificates of the fake controller.
		clock: &handClock{now: clock.Reading{Monotonic: time.Hour, Boot: time.Hour,
			Wall: time.Duration(time.Now().UnixNano())}},
		dir: t.TempDir(), role: ipc.RoleRoot,
	}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// start runs a netd on the rig's state; call stop first to restart one.
func (r *rig) start() {
	r.t.Helper()
	r.serve(func(ctx context.Context) { _ = r.core.Run(ctx) })
}

// serve answers callers, and does this beside.
func (r *rig) serve(beside func(context.Context)) {
	r.t.Helper()
	state, err := store.Open(filepath.Join(r.dir, "state"))
	if err != nil {
		r.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	r.core = New(Options{Version: "test", Store: state, Clock: r.clock.read, Log: log,
		Abilities: ports.Abilities{WireGuard: "kernel", Nft: true}})
	r.core.Attach(r.device, r.gateway, r.names)
	server := ipc.NewServer(ipc.Options{Verbs: r.core.Verbs(), PenMoved: r.core.PenMoved, Log: log,
		RoleOf: func(peercred.Peer) ipc.Role { return r.role }})
	r.core.TellBy(server)
	listener, err := socket.Listen(filepath.Join(r.dir, "netd.sock"), socket.Access{})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	r.core.Adopt(ctx)
	both.Go(func() { beside(ctx) })
	both.Go(func() { _ = server.Serve(ctx, listener) })
	r.stop = func() {
		cancel()
		both.Wait()
		state.Close()
	}
}

// restartForAgent has everybody who comes taken for an agent.
func (r *rig) restartForAgent() {
	r.t.Helper()
	r.stop()
	r.role = ipc.RoleAgent
	r.start()
}

func (r *rig) nowSeconds() int64 { return int64(r.clock.read().Wall / time.Second) }

// writer is a connection that holds the pen.
func (r *rig) writer() *fakeagent.Agent {
	r.t.Helper()
	return fakeagent.Writer(r.t, filepath.Join(r.dir, "netd.sock"))
}

// dial is a connection that said nothing yet.
func (r *rig) dial() *fakeagent.Agent {
	r.t.Helper()
	return fakeagent.Dial(r.t, filepath.Join(r.dir, "netd.sock"))
}

// enrol pins, trusts and gives a key.
func (r *rig) enrol(identity string) *fakeagent.Agent {
	r.t.Helper()
	c := r.writer()
	c.Do("pin", claims{"p": r.c.Pin()})
	c.Do("trust", claims{"set": json.RawMessage(r.c.Trust(identity))})
	c.Do("key", claims{"privateKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="})
	return c
}

// gatewayUp is an enrolled gateway with a config.
func (r *rig) gatewayUp() *fakeagent.Agent {
	r.t.Helper()
	c := r.enrol(fakecontroller.GateURI)
	c.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(1, r.nowSeconds()))})
	return c
}

func (r *rig) grant(number byte, jti string) string {
	return r.c.SignGrant(fakecontroller.GrantFor(number, jti, r.nowSeconds()))
}

func grantsOf(add []string, remove []string) claims {
	return claims{"add": append([]string{}, add...), "remove": append([]string{}, remove...)}
}

// waitFor looks again and again until the condition holds.
func (r *rig) waitFor(condition func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("not within a minute")
		}
	}
}
