package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/store"
)

// startWith is a device that comes back from a boot with these files damaged.
func startWith(t *testing.T, damage func(path string) error, files ...string) *rig {
	t.Helper()
	r := newRig(t)
	r.deviceUp()
	r.stop()
	r.device.Guards = nil
	for _, name := range files {
		if err := damage(filepath.Join(r.dir, "state", name)); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	return r
}

func garble(path string) error { return os.WriteFile(path, []byte("{"), 0o600) }

func TestTheGuardComesBackWhateverOneFileIsLost(t *testing.T) {
	for _, name := range []string{store.PinFile, store.TrustFile, store.KeyFile, store.ConfigFile} {
		for what, damage := range map[string]func(string) error{"garbled": garble, "gone": os.Remove} {
			t.Run(name+" "+what, func(t *testing.T) {
				r := startWith(t, damage, name)
				if len(r.device.Guards) == 0 || len(r.device.Guards[0].Tunnel.ProtectedPrefixes) != 2 {
					t.Fatalf("guards: %+v", r.device.Guards)
				}
				told := r.dial().Do("hello", claims{"protocol": 1, "write": false})["setAside"].([]any)
				if what == "garbled" && !slices.Contains(told, any(name)) {
					t.Errorf("told as lost: %v", told)
				}
			})
		}
	}
}

func TestALeftMachineHasNoConfigInAnyCopy(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("leave", nil)
	r.stop()
	r.device.Guards = nil
	r.start()
	if len(r.device.Guards) != 0 {
		t.Errorf("a guard after leaving: %+v", r.device.Guards)
	}
}

func TestAGuardThatFailsAtStartIsTriedUntilItStands(t *testing.T) {
	r := newRig(t)
	r.deviceUp()
	r.stop()
	r.device.SetFailing(true)
	before := len(r.device.Made())
	r.start()
	tried := len(r.device.Made())
	if tried < before+2 {
		t.Fatalf("%d tries at start", tried-before)
	}
	r.device.SetFailing(false)
	r.waitFor(func() bool { return len(r.device.Made()) > tried })
	stands := len(r.device.Made())
	r.core.tick(t.Context())
	if again := len(r.device.Made()); again != stands {
		t.Errorf("%d more tries of a guard that stands", again-stands)
	}
}

func TestNamesThatFailAtStartAreTriedUntilTheyAreKeptInside(t *testing.T) {
	r := newRig(t)
	r.deviceUp()
	r.stop()
	r.names.Devices, r.names.Failing = nil, 2
	r.start()
	r.core.tick(t.Context())
	r.stop()
	if tried := len(r.names.Devices); tried != 3 {
		t.Errorf("%d tries, want two that fail and one", tried)
	}
	for _, tunnel := range r.names.Devices {
		if tunnel.State != "blocked" {
			t.Errorf("served as %s", tunnel.State)
		}
	}
	r.start()
}
