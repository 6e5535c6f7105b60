package object

import (
	"net/netip"

	"sallyport.dev/netd/internal/strict"
)

// Limits of grants and lease lists.
const (
	MaxGrantBytes   = 48 << 10
	MaxLeasesBytes  = 512 << 10
	maxGrantSeconds = 43200
)

// Grant is all that one tunnel address may reach at one gateway. Times are seconds since epoch.
type Grant struct {
	Issuer           string
	Audience         string
	Subject          string
	JTI              string
	IssuedAt         int64
	NotBefore        int64
	ExpiresAt        int64
	Version          int64
	LeaseSeconds     int64
	ToleranceSeconds int64
	Thumbprint       string // RFC 7638 of PublicKey as OKP/X25519
	PublicKey        Key
	Addresses        []netip.Prefix // /32 and /128, at most one per family
	User             string         // empty on servers
	Session          string         // empty on servers
	Access           []Access
	Decision         string
	Policy           string
}

// Access is one resource with its own end in seconds since epoch.
type Access struct {
	Resource  string
	ExpiresAt int64
}

// ParseGrant reads the payload of a verified grant JWS.
func ParseGrant(raw []byte) (Grant, error) {
	var grant Grant
	err := strict.Object(raw, MaxGrantBytes, func(f *strict.Fields) {
		grant = readGrant(f)
		refuseGrantTimes(f, grant)
	})
	return grant, err
}

func readGrant(f *strict.Fields) Grant {
	grant := Grant{
		Issuer:           f.Text("iss", 1, 300),
		Audience:         f.Text("aud", 1, 300),
		Subject:          f.Text("sub", 1, 300),
		JTI:              readMatch(f, "jti", jtiPattern, "a token id"),
		IssuedAt:         f.Int("iat", 0, strict.MaxInt),
		NotBefore:        f.Int("nbf", 0, strict.MaxInt),
		ExpiresAt:        f.Int("exp", 0, strict.MaxInt),
		Version:          f.Int("ver", 1, strict.MaxInt),
		LeaseSeconds:     f.IntOr("lease", 120, 30, 900),
		ToleranceSeconds: f.Int("tolerance", 0, 3600),
		Decision:         readID(f, "dec", "dec_"),
		Policy:           readMatch(f, "pol", tokenPattern, "a digest"),
	}
	f.Nested("cnf", func(f *strict.Fields) { grant.Thumbprint = f.Text("jkt", 43, 43) })
	f.Nested("wg", func(f *strict.Fields) {
		grant.PublicKey = ReadKey(f, "pk")
		grant.Addresses = readHosts(f, "ips")
	})
	if f.Has("act") {
		f.Nested("act", func(f *strict.Fields) { grant.User = readID(f, "sub", "usr_") })
	}
	if f.Has("ses") {
		grant.Session = readID(f, "ses", "ses_")
	}
	seen := map[string]bool{}
	f.Objects("access", 1, 512, func(f *strict.Fields) {
		access := Access{Resource: readID(f, "r", "res_"), ExpiresAt: f.Int("exp", 0, strict.MaxInt)}
		if seen[access.Resource] {
			f.Fail("r", "a resource stands there twice")
		}
		seen[access.Resource] = true
		grant.Access = append(grant.Access, access)
	})
	return grant
}

func refuseGrantTimes(f *strict.Fields, grant Grant) {
	latest := int64(0)
	for _, access := range grant.Access {
		latest = max(latest, access.ExpiresAt)
	}
	switch {
	case grant.NotBefore > grant.IssuedAt || grant.NotBefore < grant.IssuedAt-30:
		f.Fail("nbf", "not within 30 s before iat")
	case grant.ExpiresAt <= grant.IssuedAt || grant.ExpiresAt > grant.IssuedAt+maxGrantSeconds:
		f.Fail("exp", "not within %d s after iat", maxGrantSeconds)
	case grant.ExpiresAt != latest:
		f.Fail("exp", "not the latest end of access")
	}
}

// LeaseList prolongs the named grants by ForSeconds, counted from IssuedAtMicros.
type LeaseList struct {
	Issuer         string
	Audience       string
	IssuedAtMicros int64
	Epoch          string
	ForSeconds     int64
	JTIs           []string
}

// ParseLeaseList reads the payload of a verified leases JWS.
func ParseLeaseList(raw []byte) (LeaseList, error) {
	var list LeaseList
	err := strict.Object(raw, MaxLeasesBytes, func(f *strict.Fields) {
		list = LeaseList{
			Issuer:         f.Text("iss", 1, 300),
			Audience:       f.Text("aud", 1, 300),
			IssuedAtMicros: f.Micros("iat"),
			Epoch:          readMatch(f, "epoch", jtiPattern, "an epoch"),
			ForSeconds:     f.Int("for", 1, 900),
			JTIs:           f.Texts("jti", 0, 4096, 64),
		}
	})
	return list, err
}
