package daemon

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
)

// FuzzState starts on a disk of which one file holds anything: netd starts, and nothing opens.
func FuzzState(f *testing.F) {
	controller := fakecontroller.New(f)
	now := clock.Reading{Monotonic: time.Hour, Boot: time.Hour, Wall: time.Duration(time.Now().UnixNano())}
	seconds := int64(now.Wall / time.Second)
	record := func(token string) []byte {
		raw, err := store.Record{Current: token, Former: token}.Bytes()
		if err != nil {
			f.Fatal(err)
		}
		return raw
	}
	files := []string{
		store.PinFile, store.TrustFile, store.KeyFile, store.ConfigFile, store.ConfigCopyFile, store.BreakGlassFile,
	}
	whole := [][]byte{
		[]byte(`{"p":"` + controller.Pin() + `"}`), controller.Trust(fakecontroller.GateURI),
		[]byte("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
		record(controller.SignConfig(fakecontroller.Gateway(1, seconds))),
		record(controller.SignConfig(fakecontroller.Tunnel(1, seconds))),
		[]byte(`[{"jti":"b1","untilSeconds":9223372036854775807}]`),
	}
	for index, raw := range whole {
		f.Add(uint8(index), raw)
		f.Add(uint8(index), raw[:len(raw)/2])
	}
	log := slog.New(slog.DiscardHandler)
	f.Fuzz(func(t *testing.T, which uint8, raw []byte) {
		state, err := store.Open(filepath.Join(t.TempDir(), "state"))
		if err != nil {
			t.Fatal(err)
		}
		defer state.Close()
		chosen := int(which) % len(files)
		for index, name := range files {
			content := whole[index]
			if index == chosen {
				content = raw
			}
			if err := state.Write(name, content); err != nil {
				return // larger than a file of the store may be
			}
		}
		core := New(Options{Version: "test", Store: state, Clock: func() clock.Reading { return now }, Log: log,
			Abilities: ports.Abilities{WireGuard: "kernel", Nft: true}})
		gateway := fakekernel.NewGateway()
		core.Attach(&fakekernel.Device{}, gateway, &fakekernel.Names{})
		core.Adopt(t.Context())
		core.tick(t.Context())
		if len(gateway.LiveNow()) > 0 || len(gateway.Held()) > 0 {
			t.Fatalf("%q in %s opened %v %v", raw, files[chosen], gateway.LiveNow(), gateway.Held())
		}
	})
}
