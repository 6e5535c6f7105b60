package daemon

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/strict"
)

// FuzzVerb lets a hostile agent, or root with one administrator's key, say anything to a gateway that
// has a root, a trust set and a config: whatever is said, nothing opens.
func FuzzVerb(f *testing.F) {
	jws := "eyJhbGciOiJFZDI1NTE5In0.e30.AAAA"
	for _, request := range []string{
		`{"id":1,"verb":"key","privateKey":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}`,
		`{"id":1,"verb":"trust","set":{"version":2}}`,
		`{"id":1,"verb":"pin","p":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}`,
		`{"id":1,"verb":"config","jws":"` + jws + `"}`,
		`{"id":1,"verb":"leases","jws":"` + jws + `"}`,
		`{"id":1,"verb":"grants","add":["` + jws + `"],"remove":["j1"]}`,
		`{"id":1,"verb":"snapshot","epoch":"e","part":1,"parts":1,"hash":"` +
			`e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","grants":[]}`,
		`{"id":1,"verb":"narrow","what":"block"}`, `{"id":1,"verb":"link","up":true}`,
		`{"id":1,"verb":"bump"}`, `{"id":1,"verb":"observe"}`,
		`{"id":1,"verb":"subscribe","events":["denied"]}`,
		`{"id":1,"verb":"hello","protocol":1,"write":true}`, `{"id":1,"verb":"breakGlassLog"}`,
		`{"id":1,"verb":"read","what":"nft.chain","family":"inet","table":"t","chain":"c"}`,
	} {
		f.Add([]byte(request))
	}
	// One daemon for all of it: what one request prepared another might use.
	core, gateway, glasses := enrolledGateway(f)
	for _, glass := range glasses {
		f.Add([]byte(`{"id":1,"verb":"breakGlass","file":` + string(glass) + `}`))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		verb, call := parseRequest(core, line)
		switch verb {
		case "", "hello", "subscribe", "read", "leave":
			return // these need a connection, a program, or are root's way to give all up
		}
		// Break-glass is refused while the controller answers, as an earlier request may have said.
		core.PenMoved(true)
		answer, _ := call(context.Background(), nil)
		if raw, err := json.Marshal(answer); err != nil || (answer != nil && raw[0] != '{') {
			t.Fatalf("%s is answered with %s, %v", line, raw, err)
		}
		if len(gateway.LiveNow()) > 0 || len(gateway.Held()) > 0 {
			t.Fatalf("%s opened %v %v", line, gateway.LiveNow(), gateway.Held())
		}
	})
}

func parseRequest(core *Daemon, line []byte) (string, ipc.Call) {
	var (
		name string
		call ipc.Call
	)
	err := strict.Object(line, 1<<16, func(f *strict.Fields) {
		f.Int("id", 0, strict.MaxInt)
		name = f.Text("verb", 1, 32)
		verb, known := core.Verbs()[name]
		if !f.Failed() && known {
			call = verb.Parse(f)
		}
	})
	if err != nil || call == nil {
		return "", nil
	}
	return name, call
}

// enrolledGateway has a root, a trust set, a key and a config in force. The break-glass files that
// come with it lack signatures: of both administrators, of one.
func enrolledGateway(f *testing.F) (*Daemon, *fakekernel.Gateway, [][]byte) {
	controller, gateway := fakecontroller.New(f), fakekernel.NewGateway()
	ann := controller.Register("ann")
	controller.Register("bob")
	state, err := store.Open(filepath.Join(f.TempDir(), "state"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { state.Close() })
	now := clock.Reading{Monotonic: time.Hour, Boot: time.Hour,
		Wall: time.Duration(time.Now().UnixNano())}
	core := New(Options{Version: "test", Store: state,
		Clock: func() clock.Reading { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Abilities: ports.Abilities{WireGuard: "kernel", Nft: true}})
	core.Attach(&fakekernel.Device{}, gateway, &fakekernel.Names{})
	for _, request := range []fakecontroller.Claims{
		{"verb": "pin", "p": controller.Pin()},
		{"verb": "trust", "set": json.RawMessage(controller.Trust(fakecontroller.GateURI))},
		{"verb": "key", "privateKey": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
		{"verb": "config", "jws": controller.SignConfig(
			fakecontroller.Gateway(1, int64(now.Wall/time.Second)))},
	} {
		request["id"] = 1
		_, call := parseRequest(core, controller.JSON(request))
		if _, err := call(context.Background(), nil); err != nil {
			f.Fatalf("%v: %v", request["verb"], err)
		}
	}
	glass := fakecontroller.BreakGlassFor(1, "b1", int64(now.Wall/time.Second))
	return core, gateway, [][]byte{
		controller.SignBreakGlass(glass), controller.SignBreakGlass(glass, ann),
		controller.SignBreakGlass(glass, ann, ann),
	}
}
