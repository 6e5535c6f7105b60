package trust

import (
	"crypto/ed25519"
	"crypto/x509"
	"slices"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
)

const forBreakGlass purpose = "breakglass+jws"

// BreakGlass verifies a file (RFC 7515 JWS JSON) that two different administrators signed with keys
// that the root itself vouches for, and that it is meant for this gateway. It answers who signed.
func (k *Keyring) BreakGlass(file []byte) (object.BreakGlass, []string, error) {
	payload, holders, err := k.openTwice(file)
	if err != nil {
		return object.BreakGlass{}, nil, err
	}
	glass, err := object.ParseBreakGlass(payload)
	if err != nil {
		return object.BreakGlass{}, nil, fault.New(fault.BadRequest, "breakGlass", "%s", err)
	}
	if glass.Audience != k.identity.URI {
		return object.BreakGlass{}, nil,
			fault.New(fault.BadSignature, "breakGlass.aud", "meant for another gateway")
	}
	subject, ok := ParseIdentity(glass.Subject)
	if !ok || subject.Role != RoleDevice || subject.Domain != k.identity.Domain {
		return object.BreakGlass{}, nil,
			fault.New(fault.BadSignature, "breakGlass.sub", "not a device of this domain")
	}
	if glass.Thumbprint != object.Thumbprint("X25519", glass.PublicKey) {
		return object.BreakGlass{}, nil,
			fault.New(fault.BadSignature, "breakGlass.cnf", "bound to another key")
	}
	return glass, holders, nil
}

type signature struct {
	protected string
	bytes     string
}

// openTwice verifies both signatures; two keys of one holder are one administrator.
func (k *Keyring) openTwice(file []byte) ([]byte, []string, error) {
	if k.set == nil {
		return nil, nil, fault.New(fault.Conflict, "trust", "no trust set yet")
	}
	var text string
	signatures := []signature{}
	err := strict.Object(file, object.MaxBreakGlassBytes, func(f *strict.Fields) {
		text = f.Text("payload", 1, object.MaxBreakGlassBytes)
		f.Objects("signatures", 2, 2, func(f *strict.Fields) {
			signatures = append(signatures,
				signature{protected: f.Text("protected", 1, 512), bytes: f.Text("signature", 86, 86)})
		})
	})
	if err != nil {
		return nil, nil, fault.New(fault.BadSignature, "breakGlass", "%s", err)
	}
	payload, err := decodePart(text)
	if err != nil {
		return nil, nil, fault.New(fault.BadSignature, "breakGlass", "not base64url")
	}
	holders := []string{}
	for _, one := range signatures {
		key, err := k.signerOf(one, text)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(holders, key.Holder) {
			return nil, nil, fault.New(fault.BadSignature, "breakGlass", "signed twice by one holder")
		}
		holders = append(holders, key.Holder)
	}
	return payload, holders, nil
}

func (k *Keyring) signerOf(one signature, text string) (object.BreakGlassKey, error) {
	header, headerErr := decodePart(one.protected)
	bytes, bytesErr := decodePart(one.bytes)
	if headerErr != nil || bytesErr != nil {
		return object.BreakGlassKey{}, fault.New(fault.BadSignature, "breakGlass", "not base64url")
	}
	kid, err := readHeader(header, forBreakGlass)
	if err != nil {
		return object.BreakGlassKey{}, err
	}
	for _, key := range k.set.BreakGlassKeys {
		if key.Kid != kid || slices.Contains(k.set.Killed, kid) {
			continue
		}
		if ed25519.Verify(key.X[:], []byte(one.protected+"."+text), bytes) {
			return key, nil
		}
	}
	return object.BreakGlassKey{},
		fault.New(fault.BadSignature, "breakGlass.kid", "no registered key of this id made it")
}

// verifyBreakGlassKeys demands the root's own signature: who takes the controller adds no key.
func verifyBreakGlassKeys(set object.TrustSet, root *x509.Certificate) error {
	for index, key := range set.BreakGlassKeys {
		if !verifyECDSA(root, key.Statement(), key.Sig) {
			return fault.New(fault.BadSignature, "trust.breakGlassKeys",
				"the root did not sign key %d", index)
		}
	}
	return nil
}
