package trust_test

import (
	"crypto/ed25519"
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fault"
)

func TestAKeySignsForOnePurposeAlone(t *testing.T) {
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	config, leases := fakecontroller.Gateway(1, nowSeconds), fakecontroller.LeaseList(nowSeconds, "j1")
	for name, key := range map[string]ed25519.PrivateKey{
		"config": c.Config, "grant": c.Grant, "leases": c.Leases,
	} {
		if name != "config" {
			_, err := gate.Config(c.Sign("config+jwt", key, config))
			expectCode(t, err, fault.BadSignature, "jws.kid")
		}
		if name != "leases" {
			_, err := gate.Leases(c.Sign("leases+jwt", key, leases))
			expectCode(t, err, fault.BadSignature, "jws.kid")
		}
	}
}
