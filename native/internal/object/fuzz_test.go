package object_test

import (
	"testing"

	"sallyport.dev/netd/internal/object"
)

// FuzzPin: what is taken has a whole digest and prefixes in their one spelling.
func FuzzPin(f *testing.F) {
	const digest = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	f.Add([]byte(`{"p":"` + digest + `"}`))
	f.Add([]byte(`{"p":"` + digest + `","ceilings":{"allowedPrefixes":["10.0.0.0/8"],` +
		`"allowedDomains":["corp.example"],"servedPrefixes":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		pin, err := object.ParsePin(raw)
		if err != nil {
			return
		}
		if len(pin.RootDigest) != len(digest) {
			t.Fatalf("accepted %s", raw)
		}
		for _, prefix := range pin.Ceilings.AllowedPrefixes {
			if prefix != prefix.Masked() {
				t.Fatalf("%s is no prefix: %s", prefix, raw)
			}
		}
	})
}

// FuzzEndpoint: an endpoint that is taken is taken again as it prints itself.
func FuzzEndpoint(f *testing.F) {
	for _, text := range []string{"192.0.2.1:51820", "[2001:db8::1]:1", "gw.example:443", ":", "[]:0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, ok := object.ParseEndpoint(text)
		if ok && (endpoint.Port == 0 || (endpoint.Address.IsValid() && endpoint.Address.Zone() != "")) {
			t.Fatalf("%q became %+v", text, endpoint)
		}
	})
}
