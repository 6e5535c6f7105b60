package trust_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/trust"
)

// TestControllersOwnObjectsAreTaken reads what the real controller's code signed (its io/pki and
// io/keys), so that the two languages cannot drift apart.
func TestControllersOwnObjectsAreTaken(t *testing.T) {
	raw, err := os.ReadFile("testdata/controller.json")
	if err != nil {
		t.Fatal(err)
	}
	var signed struct {
		Pin, Config, Grant, Leases string
		Trust                      json.RawMessage
	}
	if err := json.Unmarshal(raw, &signed); err != nil {
		t.Fatal(err)
	}
	keyring := &trust.Keyring{}
	if err := keyring.SetPin(object.Pin{RootDigest: signed.Pin}); err != nil {
		t.Fatal(err)
	}
	// The certificates of the file expire; a stored set is taken without looking at that.
	if _, err := keyring.Accept(signed.Trust, time.Time{}); err != nil {
		t.Fatal(err)
	}
	config, err := keyring.Config(signed.Config)
	if err != nil || len(config.Gateway.Resources) != 1 {
		t.Fatal(err)
	}
	if _, err := keyring.Grant(signed.Grant); err != nil {
		t.Fatal(err)
	}
	list, err := keyring.Leases(signed.Leases)
	if err != nil || list.IssuedAtMicros != 1_800_000_000_123_000 {
		t.Fatal(list, err)
	}
}
