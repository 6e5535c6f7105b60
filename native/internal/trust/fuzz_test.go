package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
	"sallyport.dev/netd/internal/trust"
)

// signed is what the real controller's code signed once.
type signed struct {
	Pin, Config, Grant, Leases string
	Trust                      json.RawMessage
}

func readSigned(f *testing.F) signed {
	f.Helper()
	raw, err := os.ReadFile("testdata/controller.json")
	if err != nil {
		f.Fatal(err)
	}
	var objects signed
	if err := json.Unmarshal(raw, &objects); err != nil {
		f.Fatal(err)
	}
	return objects
}

func pinned(f testing.TB, objects signed) *trust.Keyring {
	f.Helper()
	keyring := &trust.Keyring{}
	if err := keyring.SetPin(object.Pin{RootDigest: objects.Pin}); err != nil {
		f.Fatal(err)
	}
	return keyring
}

// FuzzToken: of all texts only those that were signed are taken, each as what it is.
func FuzzToken(f *testing.F) {
	objects := readSigned(f)
	keyring := pinned(f, objects)
	if _, err := keyring.Accept(objects.Trust, time.Time{}); err != nil {
		f.Fatal(err)
	}
	for _, token := range []string{objects.Config, objects.Grant, objects.Leases, "", "..", "a.b.c"} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := keyring.Config(token); err == nil && token != objects.Config {
			t.Fatalf("taken as a config: %q", token)
		}
		if _, err := keyring.Grant(token); err == nil && token != objects.Grant {
			t.Fatalf("taken as a grant: %q", token)
		}
		if _, err := keyring.Leases(token); err == nil && token != objects.Leases {
			t.Fatalf("taken as leases: %q", token)
		}
		_ = trust.Kid(token)
		_, _ = trust.Peek(token)
	})
}

// FuzzTrust: only the signed content is taken, however its JSON is written.
func FuzzTrust(f *testing.F) {
	objects := readSigned(f)
	content, err := strict.Canonical(objects.Trust, object.MaxTrustBytes, "sig")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(objects.Trust))
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		changed, err := pinned(t, objects).Accept(raw, time.Time{})
		if err != nil {
			return
		}
		taken, err := strict.Canonical(raw, object.MaxTrustBytes, "sig")
		if err != nil || !changed || !bytes.Equal(taken, content) {
			t.Fatalf("taken: %s", raw)
		}
	})
}

// FuzzBreakGlassFile: a file opens only what two registered administrators signed.
func FuzzBreakGlassFile(f *testing.F) {
	c := fakecontroller.New(f)
	alice, bob, stranger := c.Register("alice"), c.Register("bob"), newStranger(f)
	keyring := pinned(f, signed{Pin: c.Pin()})
	if _, err := keyring.Accept(c.Trust(fakecontroller.GateURI), time.Now()); err != nil {
		f.Fatal(err)
	}
	claims := fakecontroller.BreakGlassFor(1, "j1", nowSeconds)
	good := c.SignBreakGlass(claims, alice, bob)
	want, _, err := keyring.BreakGlass(good)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range [][]byte{
		good, c.SignBreakGlass(claims, alice), c.SignBreakGlass(claims, alice, alice),
		c.SignBreakGlass(claims, alice, stranger), []byte(`{"payload":"","signatures":[]}`),
	} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		glass, holders, err := keyring.BreakGlass(file)
		if err == nil && (!reflect.DeepEqual(glass, want) || len(holders) != 2) {
			t.Fatalf("taken of %v: %s", holders, file)
		}
	})
}

func newStranger(f *testing.F) ed25519.PrivateKey {
	f.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	return private
}
