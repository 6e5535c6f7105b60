package trust

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
)

// purpose is what a key may sign; it is also the `typ` that a token must carry.
type purpose string

const (
	forConfig purpose = "config+jwt"
	forGrant  purpose = "grant+jwt"
	forLeases purpose = "leases+jwt"
)

var maxTokenBytes = map[purpose]int{
	forConfig: object.MaxConfigBytes,
	forGrant:  object.MaxGrantBytes,
	forLeases: object.MaxLeasesBytes,
}

// open verifies a compact JWS (RFC 7515) with Ed25519 only and answers its payload. Every refusal
// is bad_signature: a token that is malformed was not signed by the controller.
func (k *Keyring) open(token string, use purpose) ([]byte, error) {
	if k.set == nil {
		return nil, fault.New(fault.BadSignature, "trust", "no trust set yet")
	}
	if len(token) > maxTokenBytes[use]*4/3+512 {
		return nil, fault.New(fault.BadRequest, "jws", "longer than allowed")
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, fault.New(fault.BadSignature, "jws", "not three parts")
	}
	header, headerErr := decodePart(parts[0])
	payload, payloadErr := decodePart(parts[1])
	signature, signatureErr := decodePart(parts[2])
	if headerErr != nil || payloadErr != nil || signatureErr != nil {
		return nil, fault.New(fault.BadSignature, "jws", "not base64url")
	}
	kid, err := readHeader(header, use)
	if err != nil {
		return nil, err
	}
	key, ok := k.key(kid, use)
	if !ok {
		return nil, fault.New(fault.BadSignature, "jws.kid", "no living key of this purpose")
	}
	signed := []byte(token[:len(parts[0])+1+len(parts[1])])
	if !ed25519.Verify(key.X[:], signed, signature) {
		return nil, fault.New(fault.BadSignature, "jws", "signature does not match")
	}
	return payload, nil
}

func decodePart(part string) ([]byte, error) {
	// The decoder skips line ends even when strict, which would give one token many spellings.
	if strings.ContainsAny(part, "\r\n") {
		return nil, base64.CorruptInputError(0)
	}
	return base64.RawURLEncoding.Strict().DecodeString(part)
}

func readHeader(raw []byte, use purpose) (string, error) {
	var kid string
	err := strict.Object(raw, 512, func(f *strict.Fields) {
		f.Choice("alg", "Ed25519")
		f.Choice("typ", string(use))
		kid = f.Text("kid", 43, 43)
	})
	if err != nil {
		return "", fault.New(fault.BadSignature, "jws.header", "%s", err)
	}
	return kid, nil
}

// key finds a key by purpose; a killed key is no key.
func (k *Keyring) key(kid string, use purpose) (object.JWK, bool) {
	for _, killed := range k.set.Killed {
		if killed == kid {
			return object.JWK{}, false
		}
	}
	keys := map[purpose][]object.JWK{
		forConfig: k.set.ConfigKeys,
		forGrant:  k.set.GrantKeys,
		forLeases: k.set.LeaseKeys,
	}[use]
	for _, key := range keys {
		if key.Kid == kid {
			return key, true
		}
	}
	return object.JWK{}, false
}

// Kid reads which key a token names; for a verified token that is the key that signed it.
func Kid(token string) string {
	head, _, _ := strings.Cut(token, ".")
	header, err := decodePart(head)
	if err != nil {
		return ""
	}
	var named struct{ Kid string }
	if err := json.Unmarshal(header, &named); err != nil {
		return ""
	}
	return named.Kid
}

// Peek reads what an unverified grant says about itself, for comparing listings only.
func Peek(token string) (jti string, expiresAt int64) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", 0
	}
	payload, err := decodePart(parts[1])
	if err != nil {
		return "", 0
	}
	// A form that is refused still tells these two.
	grant, _ := object.ParseGrant(payload)
	return grant.JTI, grant.ExpiresAt
}
