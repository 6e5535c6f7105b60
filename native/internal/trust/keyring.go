// Package trust decides what the controller really signed. It holds the pinned root and the key
// set under it, verifies configs, grants and lease lists against them, and checks that they are
// meant for this identity. It knows no clock but the one given to it, and never opens anything.
package trust

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/strict"
)

// Capability is the wire capability that this netd understands.
const Capability = 1

var identityPattern = regexp.MustCompile(
	`^spiffe://([a-z0-9][a-z0-9.-]{0,252})/(device|gateway)/([a-z]{2,3}_[0-9a-hjkmnp-tv-z]{26})$`)

// The roles that an identity may have.
const (
	RoleDevice  = "device"
	RoleGateway = "gateway"
)

// Identity is the one SPIFFE id that this machine answers to.
type Identity struct {
	URI    string
	Domain string
	Role   string // RoleDevice or RoleGateway
	ID     string
}

// ParseIdentity reads a device's or gateway's SPIFFE id.
func ParseIdentity(uri string) (Identity, bool) {
	parts := identityPattern.FindStringSubmatch(uri)
	if parts == nil {
		return Identity{}, false
	}
	prefix := map[string]string{RoleDevice: "dev_", RoleGateway: "gw_"}[parts[2]]
	ok := len(parts[3]) > len(prefix) && parts[3][:len(prefix)] == prefix
	return Identity{URI: uri, Domain: parts[1], Role: parts[2], ID: parts[3]}, ok
}

// Keyring is the pinned root with the newest trust set under it.
//
//	empty --SetPin--> pinned --Accept--> trusting --Accept(newer)--> trusting
//	  ^------------------------- Reset (leave) -----------------------'
type Keyring struct {
	pin      *object.Pin
	set      *object.TrustSet
	content  []byte // canonical bytes of set without its signature
	identity Identity
}

// Pin answers the pinned root, nil when there is none.
func (k *Keyring) Pin() *object.Pin { return k.pin }

// Identity answers who this machine is; false before the first trust set.
func (k *Keyring) Identity() (Identity, bool) { return k.identity, k.set != nil }

// Version answers the version of the trust set in force, 0 without one.
func (k *Keyring) Version() int64 {
	if k.set == nil {
		return 0
	}
	return k.set.Version
}

// SetPin pins a root. Another root than the one a trust set stands on needs a reset first.
func (k *Keyring) SetPin(pin object.Pin) error {
	if k.set != nil && !slices.Contains(k.pinned(), pin.RootDigest) {
		return fault.New(fault.Conflict, "pin.p", "another root is in force; leave first")
	}
	k.pin = &pin
	return nil
}

// Killed lists the keys that sign nothing any more, whatever they signed before.
func (k *Keyring) Killed() []string {
	if k.set == nil {
		return nil
	}
	return k.set.Killed
}

// Reset forgets everything.
func (k *Keyring) Reset() { *k = Keyring{} }

func (k *Keyring) pinned() []string {
	digests := []string{}
	if k.pin != nil {
		digests = append(digests, k.pin.RootDigest)
	}
	if k.set != nil {
		digests = append(digests, k.set.Roots...)
	}
	return digests
}

// Accept takes a newer trust set; the same content again is no error. It answers whether it
// changed. A zero now skips the validity of certificates: for a set that was accepted before.
func (k *Keyring) Accept(raw []byte, now time.Time) (bool, error) {
	if k.pin == nil {
		return false, fault.New(fault.BadSignature, "trust", "no root is pinned on this machine")
	}
	set, err := object.ParseTrustSet(raw)
	if err != nil {
		return false, fault.New(fault.BadRequest, "trust", "%s", err)
	}
	identity, ok := ParseIdentity(set.Audience)
	if !ok {
		return false, fault.New(fault.BadRequest, "trust.aud", "not a device or gateway identity")
	}
	if err := verifySet(raw, set, k.pinned(), now); err != nil {
		return false, err
	}
	if k.set != nil && identity != k.identity {
		return false, fault.New(fault.Conflict, "trust.aud", "this machine has another identity")
	}
	content, err := strict.Canonical(raw, object.MaxTrustBytes, "sig")
	if err != nil {
		return false, fault.New(fault.BadRequest, "trust", "%s", err)
	}
	if k.set != nil && set.Version <= k.set.Version {
		if set.Version == k.set.Version && bytes.Equal(content, k.content) {
			return false, nil
		}
		return false, fault.New(fault.Conflict, "trust.version", "not above version %d", k.set.Version)
	}
	k.set, k.content, k.identity = &set, content, identity
	return true, nil
}

// Config verifies a config JWS and that it is meant for this machine and understood by it.
func (k *Keyring) Config(token string) (object.Config, error) {
	payload, err := k.open(token, forConfig)
	if err != nil {
		return object.Config{}, err
	}
	config, err := object.ParseConfig(payload)
	if err != nil {
		return object.Config{}, fault.New(fault.BadRequest, "config", "%s", err)
	}
	if config.MinCapability > Capability {
		return object.Config{}, fault.New(fault.Unsupported, "config.minCapability",
			"needs capability %d, this netd has %d", config.MinCapability, Capability)
	}
	if err := k.meantForUs("config", config.Issuer, config.Audience); err != nil {
		return object.Config{}, err
	}
	return config, k.fitsRole(config)
}

// StoredConfig reads a config from netd's own private file without looking at the signature, which
// was verified when it was written; its key may be gone since, the guard in it must still stand.
func StoredConfig(token string) (object.Config, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return object.Config{}, fault.New(fault.BadRequest, "config", "not a JWS")
	}
	payload, err := decodePart(parts[1])
	if err != nil {
		return object.Config{}, fault.New(fault.BadRequest, "config", "not base64url")
	}
	return object.ParseConfig(payload)
}

func (k *Keyring) fitsRole(config object.Config) error {
	ok := config.Tunnel != nil && k.identity.Role == RoleDevice && config.Tunnel.Device == k.identity.ID
	ok = ok || config.Gateway != nil && k.identity.Role == RoleGateway &&
		config.Gateway.Gateway == k.identity.ID
	if !ok {
		return fault.New(fault.BadSignature, "config.kind", "meant for another machine")
	}
	return nil
}

// Grant verifies a grant JWS: signature, issuer, audience, subject and the key it is bound to.
func (k *Keyring) Grant(token string) (object.Grant, error) {
	payload, err := k.open(token, forGrant)
	if err != nil {
		return object.Grant{}, err
	}
	grant, err := object.ParseGrant(payload)
	if err != nil {
		return object.Grant{}, fault.New(fault.BadRequest, "grant", "%s", err)
	}
	if err := k.meantForUs("grant", grant.Issuer, grant.Audience); err != nil {
		return object.Grant{}, err
	}
	subject, ok := ParseIdentity(grant.Subject)
	if !ok || subject.Role != RoleDevice || subject.Domain != k.identity.Domain {
		return object.Grant{}, fault.New(fault.BadSignature, "grant.sub", "not a device of this domain")
	}
	if grant.Thumbprint != object.Thumbprint("X25519", grant.PublicKey) {
		return object.Grant{}, fault.New(fault.BadSignature, "grant.cnf", "bound to another key")
	}
	return grant, nil
}

// Leases verifies a lease list; whether it is newer than the last one is the book's to say.
func (k *Keyring) Leases(token string) (object.LeaseList, error) {
	payload, err := k.open(token, forLeases)
	if err != nil {
		return object.LeaseList{}, err
	}
	list, err := object.ParseLeaseList(payload)
	if err != nil {
		return object.LeaseList{}, fault.New(fault.BadRequest, "leases", "%s", err)
	}
	return list, k.meantForUs("leases", list.Issuer, list.Audience)
}

func (k *Keyring) meantForUs(at, issuer, audience string) error {
	if audience != k.identity.URI {
		return fault.New(fault.BadSignature, at+".aud", "meant for another machine")
	}
	if issuer != "spiffe://"+k.identity.Domain+"/controller" {
		return fault.New(fault.BadSignature, at+".iss", "not the controller of this domain")
	}
	return nil
}
