package trust

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
)

// verifySet checks that the chain ends in a pinned root and that the issuing key signed the set.
func verifySet(raw []byte, set object.TrustSet, pinned []string, now time.Time) error {
	chain, err := parseChain(set.Chain)
	if err != nil {
		return err
	}
	root := chain[len(chain)-1]
	digest := sha256.Sum256(root.RawSubjectPublicKeyInfo)
	if !slices.Contains(pinned, base64.RawURLEncoding.EncodeToString(digest[:])) {
		return fault.New(fault.BadSignature, "trust.chain", "the root is not the pinned one")
	}
	if err := verifyChain(chain, now); err != nil {
		return err
	}
	if err := verifyBreakGlassKeys(set, root); err != nil {
		return err
	}
	return verifySignature(raw, set.Sig, chain[0])
}

func parseChain(texts []string) ([]*x509.Certificate, error) {
	chain := []*x509.Certificate{}
	for _, text := range texts {
		block, rest := pem.Decode([]byte(text))
		if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
			return nil, fault.New(fault.BadSignature, "trust.chain", "not one certificate per item")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.New(fault.BadSignature, "trust.chain", "not a certificate")
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

// verifyChain demands CA certificates all the way, each signed by the next, the last by itself.
func verifyChain(chain []*x509.Certificate, now time.Time) error {
	for index, certificate := range chain {
		signer := chain[min(index+1, len(chain)-1)]
		if err := certificate.CheckSignatureFrom(signer); err != nil {
			return fault.New(fault.BadSignature, "trust.chain", "certificate %d: %s", index, err)
		}
		if !certificate.IsCA {
			return fault.New(fault.BadSignature, "trust.chain", "certificate %d is not a CA", index)
		}
		if now.IsZero() {
			continue
		}
		if now.After(certificate.NotAfter) || now.Add(5*time.Minute).Before(certificate.NotBefore) {
			return fault.New(fault.BadSignature, "trust.chain",
				"certificate %d is not valid by this machine's clock", index)
		}
	}
	return nil
}

func verifySignature(raw []byte, signature [64]byte, issuing *x509.Certificate) error {
	signed, err := strict.Canonical(raw, object.MaxTrustBytes, "sig")
	if err != nil {
		return fault.New(fault.BadRequest, "trust", "%s", err)
	}
	if !verifyECDSA(issuing, signed, signature) {
		return fault.New(fault.BadSignature, "trust.sig", "signature does not match")
	}
	return nil
}

// verifyECDSA tells whether the P-256 key of a certificate signed the bytes; any other key did not.
func verifyECDSA(signer *x509.Certificate, signed []byte, signature [64]byte) bool {
	key, ok := signer.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return false
	}
	digest := sha256.Sum256(signed)
	r := new(big.Int).SetBytes(signature[:32])
	s := new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(key, digest[:], r, s)
}
