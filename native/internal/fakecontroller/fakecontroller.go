// Package fakecontroller signs what a controller signs, and what an attacker would like to. It is
// for tests only.
package fakecontroller

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
)

// Fixed names of the tests.
const (
	Domain    = "lab.example"
	DeviceID  = "dev_01k9zq8h5v4t3s2r1q0p9n8m7k"
	OtherID   = "dev_01k9zq8h5v4t3s2r1q0p9n8m7m"
	GatewayID = "gw_01k9zq8h5v4t3s2r1q0p9n8m7k"
	SiteID    = "sit_01k9zq8h5v4t3s2r1q0p9n8m7k"
	Resource  = "res_01k9zq8h5v4t3s2r1q0p9n8m7k"
	DeviceURI = "spiffe://" + Domain + "/device/" + DeviceID
	OtherURI  = "spiffe://" + Domain + "/device/" + OtherID
	GateURI   = "spiffe://" + Domain + "/gateway/" + GatewayID
	Issuer    = "spiffe://" + Domain + "/controller"
)

// Claims is a JSON object under construction; tests change what they please.
type Claims = map[string]any

// Controller has a CA and one signing key per purpose.
type Controller struct {
	t            testing.TB
	Root         *x509.Certificate
	rootKey      *ecdsa.PrivateKey
	issuing      *x509.Certificate
	issuingKey   *ecdsa.PrivateKey
	Config       ed25519.PrivateKey
	Grant        ed25519.PrivateKey
	Leases       ed25519.PrivateKey
	TrustVersion int64
	// BreakGlass are the keys of administrators, as trust sets name them.
	BreakGlass []Claims
}

// New makes a controller with fresh keys.
func New(t testing.TB) *Controller {
	t.Helper()
	c := &Controller{t: t, TrustVersion: 1}
	c.rootKey, c.Root = c.certificate("root", nil, nil)
	c.issuingKey, c.issuing = c.certificate("issuing", c.Root, c.rootKey)
	c.Config, c.Grant, c.Leases = newKey(t), newKey(t), newKey(t)
	return c
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func (c *Controller) certificate(
	name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey,
) (*ecdsa.PrivateKey, *x509.Certificate) {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		c.t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	return key, certificate
}

// Pin is the digest that an administrator pins.
func (c *Controller) Pin() string {
	digest := sha256.Sum256(c.Root.RawSubjectPublicKeyInfo)
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// Kid is the key id of a signing key.
func Kid(key ed25519.PrivateKey) string {
	return object.Thumbprint("Ed25519", [32]byte(key.Public().(ed25519.PublicKey)))
}

func jwk(key ed25519.PrivateKey) Claims {
	x := base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	return Claims{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": Kid(key)}
}

// TrustClaims is an unsigned trust set for an identity.
func (c *Controller) TrustClaims(audience string) Claims {
	return Claims{
		"version": c.TrustVersion, "aud": audience, "roots": []string{c.Pin()},
		"configKeys": []Claims{jwk(c.Config)}, "grantKeys": []Claims{jwk(c.Grant)},
		"leaseKeys": []Claims{jwk(c.Leases)}, "breakGlassKeys": append([]Claims{}, c.BreakGlass...), "killed": []string{},
		"chain": []string{encodePEM(c.issuing), encodePEM(c.Root)},
	}
}

func encodePEM(certificate *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw}))
}

// SignTrust signs a trust set with the issuing key.
func (c *Controller) SignTrust(claims Claims) []byte {
	c.t.Helper()
	signed, err := strict.Canonical(c.JSON(claims), object.MaxTrustBytes, "sig")
	if err != nil {
		c.t.Fatal(err)
	}
	claims["sig"] = c.ecdsa(c.issuingKey, signed)
	return c.JSON(claims)
}

func (c *Controller) ecdsa(key *ecdsa.PrivateKey, signed []byte) string {
	c.t.Helper()
	digest := sha256.Sum256(signed)
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		c.t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return base64.RawURLEncoding.EncodeToString(sig)
}

// Register makes a break-glass key of a holder and has the root vouch for it.
func (c *Controller) Register(holder string) ed25519.PrivateKey {
	c.t.Helper()
	key := newKey(c.t)
	named := jwk(key)
	statement := []byte(`{"holder":"` + holder + `","kid":"` + Kid(key) + `","use":"break-glass"}`)
	named["holder"], named["sig"] = holder, c.ecdsa(c.rootKey, statement)
	c.BreakGlass = append(c.BreakGlass, named)
	return key
}

// SignBreakGlass makes a JWS JSON file with one signature per key.
func (c *Controller) SignBreakGlass(claims Claims, keys ...ed25519.PrivateKey) []byte {
	c.t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	payload := encode(c.JSON(claims))
	signatures := []Claims{}
	for _, key := range keys {
		protected := encode(c.JSON(Claims{"alg": "Ed25519", "typ": "breakglass+jws", "kid": Kid(key)}))
		signed := ed25519.Sign(key, []byte(protected+"."+payload))
		signatures = append(signatures, Claims{"protected": protected, "signature": encode(signed)})
	}
	return c.JSON(Claims{"payload": payload, "signatures": signatures})
}

// Trust is a good trust set for an identity.
func (c *Controller) Trust(audience string) []byte { return c.SignTrust(c.TrustClaims(audience)) }

// JSON encodes claims.
func (c *Controller) JSON(claims any) []byte {
	c.t.Helper()
	raw, err := json.Marshal(claims)
	if err != nil {
		c.t.Fatal(err)
	}
	return raw
}

// Sign makes a compact JWS of the given type.
func (c *Controller) Sign(typ string, key ed25519.PrivateKey, claims Claims) string {
	return c.SignWith(Claims{"alg": "Ed25519", "typ": typ, "kid": Kid(key)}, key, claims)
}

// SignWith makes a compact JWS with any header.
func (c *Controller) SignWith(header Claims, key ed25519.PrivateKey, claims Claims) string {
	c.t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(c.JSON(header)) + "." + encode(c.JSON(claims))
	return signed + "." + encode(ed25519.Sign(key, []byte(signed)))
}

// SignConfig signs a config with the right key.
func (c *Controller) SignConfig(claims Claims) string {
	return c.Sign("config+jwt", c.Config, claims)
}

// SignGrant signs a grant with the right key.
func (c *Controller) SignGrant(claims Claims) string {
	return c.Sign("grant+jwt", c.Grant, claims)
}

// SignLeases signs a lease list with the right key.
func (c *Controller) SignLeases(claims Claims) string {
	return c.Sign("leases+jwt", c.Leases, claims)
}
