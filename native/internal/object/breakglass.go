package object

import (
	"encoding/base64"
	"net/netip"
	"slices"

	"sallyport.dev/netd/internal/strict"
)

// Limits of break-glass files.
const (
	MaxBreakGlassBytes        = 16 << 10
	maxBreakGlassSeconds      = 3600
	maxBreakGlassResources    = 8
	breakGlassSignatureDigits = 86
)

// BreakGlassKey is the key of one administrator; Sig is the root key's word for it.
type BreakGlassKey struct {
	JWK
	Holder string
	Sig    [64]byte // r || s over Statement
}

// Statement is what the root key signed: whose key this is and what it may do.
func (k BreakGlassKey) Statement() []byte {
	return []byte(`{"holder":"` + k.Holder + `","kid":"` + k.Kid + `","use":"break-glass"}`)
}

// BreakGlass is what two administrators opened without the controller. Times are seconds.
type BreakGlass struct {
	Audience   string
	Subject    string
	JTI        string
	IssuedAt   int64
	ExpiresAt  int64
	Thumbprint string
	PublicKey  Key
	Addresses  []netip.Prefix
	Resources  []string // names
	Reason     string
}

// ParseBreakGlass reads a payload whose signatures are judged elsewhere.
func ParseBreakGlass(raw []byte) (BreakGlass, error) {
	var glass BreakGlass
	err := strict.Object(raw, MaxBreakGlassBytes, func(f *strict.Fields) {
		glass = BreakGlass{
			Audience:  f.Text("aud", 1, 300),
			Subject:   f.Text("sub", 1, 300),
			JTI:       readMatch(f, "jti", jtiPattern, "a token id"),
			IssuedAt:  f.Int("iat", 0, strict.MaxInt),
			ExpiresAt: f.Int("exp", 0, strict.MaxInt),
			Resources: f.Texts("resources", 1, maxBreakGlassResources, 63),
			Reason:    f.Text("reason", 1, 256),
		}
		f.Nested("cnf", func(f *strict.Fields) { glass.Thumbprint = f.Text("jkt", 43, 43) })
		f.Nested("wg", func(f *strict.Fields) {
			glass.PublicKey = ReadKey(f, "pk")
			glass.Addresses = readHosts(f, "ips")
		})
		sorted := slices.Sorted(slices.Values(glass.Resources))
		if len(slices.Compact(sorted)) != len(glass.Resources) {
			f.Fail("resources", "a resource stands there twice")
		}
		if glass.ExpiresAt <= glass.IssuedAt || glass.ExpiresAt > glass.IssuedAt+maxBreakGlassSeconds {
			f.Fail("exp", "not within %d s after iat", maxBreakGlassSeconds)
		}
	})
	return glass, err
}

func readBreakGlassKeys(f *strict.Fields) []BreakGlassKey {
	keys := []BreakGlassKey{}
	f.Objects("breakGlassKeys", 0, 16, func(f *strict.Fields) {
		key := BreakGlassKey{JWK: readJWK(f), Holder: readMatch(f, "holder", namePattern, "a name")}
		raw, err := base64.RawURLEncoding.Strict().DecodeString(
			f.Text("sig", breakGlassSignatureDigits, breakGlassSignatureDigits))
		if err != nil || len(raw) != len(key.Sig) {
			f.Fail("sig", "not 64 bytes in base64url")
			return
		}
		copy(key.Sig[:], raw)
		keys = append(keys, key)
	})
	return keys
}
