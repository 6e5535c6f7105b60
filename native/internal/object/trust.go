package object

import (
	"crypto/sha256"
	"encoding/base64"

	"sallyport.dev/netd/internal/strict"
)

// MaxTrustBytes bounds a trust set with its certificates.
const MaxTrustBytes = 128 << 10

// JWK is an Ed25519 public key; its kid is the RFC 7638 thumbprint, recomputed here.
type JWK struct {
	Kid string
	X   [32]byte
}

// TrustSet says which keys may sign what for one identity. Sig is over the JCS bytes of the
// object without `sig`, so the raw bytes must be kept beside this value.
type TrustSet struct {
	Version        int64
	Audience       string
	Roots          []string // base64url(sha256(SPKI)), 1..2
	ConfigKeys     []JWK
	GrantKeys      []JWK
	LeaseKeys      []JWK
	BreakGlassKeys []BreakGlassKey
	Killed         []string
	Chain          []string // PEM, issuing certificate first, root last
	Sig            [64]byte // r || s
}

// ParseTrustSet reads a trust set; the signature is judged elsewhere.
func ParseTrustSet(raw []byte) (TrustSet, error) {
	var set TrustSet
	err := strict.Object(raw, MaxTrustBytes, func(f *strict.Fields) {
		set = TrustSet{
			Version:        f.Int("version", 1, strict.MaxInt),
			Audience:       f.Text("aud", 1, 300),
			Roots:          f.Texts("roots", 1, 2, 43),
			ConfigKeys:     readJWKs(f, "configKeys", 1, 4),
			GrantKeys:      readJWKs(f, "grantKeys", 1, 4),
			LeaseKeys:      readJWKs(f, "leaseKeys", 1, 4),
			BreakGlassKeys: readBreakGlassKeys(f),
			Killed:         f.Texts("killed", 0, 256, 64),
			Chain:          f.Multilines("chain", 2, 4, 8192),
		}
		for _, root := range set.Roots {
			if _, ok := decode32(root); !ok {
				f.Fail("roots", "not a SHA-256 in base64url")
			}
		}
		raw, err := base64.RawURLEncoding.Strict().DecodeString(f.Text("sig", 86, 86))
		if err != nil || len(raw) != len(set.Sig) {
			f.Fail("sig", "not 64 bytes in base64url")
			return
		}
		copy(set.Sig[:], raw)
	})
	return set, err
}

func readJWKs(f *strict.Fields, name string, min, max int) []JWK {
	keys := []JWK{}
	f.Objects(name, min, max, func(f *strict.Fields) { keys = append(keys, readJWK(f)) })
	return keys
}

func readJWK(f *strict.Fields) JWK {
	f.Choice("kty", "OKP")
	f.Choice("crv", "Ed25519")
	key := JWK{X: read32(f, "x"), Kid: f.Text("kid", 43, 43)}
	if !f.Failed() && key.Kid != Thumbprint("Ed25519", key.X) {
		f.Fail("kid", "not the RFC 7638 thumbprint of the key")
	}
	return key
}

// Thumbprint is the RFC 7638 SHA-256 thumbprint of an OKP key, base64url.
func Thumbprint(curve string, x [32]byte) string {
	encoded := base64.RawURLEncoding.EncodeToString(x[:])
	digest := sha256.Sum256([]byte(`{"crv":"` + curve + `","kty":"OKP","x":"` + encoded + `"}`))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}
