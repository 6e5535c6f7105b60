package trust_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

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
