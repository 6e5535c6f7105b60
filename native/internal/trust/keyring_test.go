package trust_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/trust"
)

type claims = fakecontroller.Claims

const nowSeconds = 1_800_000_000

func keyringFor(t *testing.T, c *fakecontroller.Controller, audience string) *trust.Keyring {
	t.Helper()
	keyring := &trust.Keyring{}
	if err := keyring.SetPin(object.Pin{RootDigest: c.Pin()}); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Accept(c.Trust(audience), time.Now()); err != nil {
		t.Fatal(err)
	}
	return keyring
}

func expectCode(t *testing.T, err error, code fault.Code, at string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, want %s at %s", code, at)
	}
	problem := fault.From(err)
	if problem.Code != code || !strings.HasPrefix(problem.At, at) {
		t.Fatalf("got %v, want %s at %s", problem, code, at)
	}
}

func TestTrustSetIsTakenOnlyUnderThePinnedRoot(t *testing.T) {
	c := fakecontroller.New(t)
	stranger := fakecontroller.New(t)
	cases := map[string]struct {
		raw  func() []byte
		code fault.Code
		at   string
	}{
		"another root": {func() []byte { return stranger.Trust(fakecontroller.GateURI) },
			fault.BadSignature, "trust.chain"},
		"chain of the stranger under our root": {func() []byte {
			set := stranger.TrustClaims(fakecontroller.GateURI)
			chain := set["chain"].([]string)
			set["chain"] = []string{chain[0], c.TrustClaims(fakecontroller.GateURI)["chain"].([]string)[1]}
			return stranger.SignTrust(set)
		}, fault.BadSignature, "trust.chain"},
		"one key exchanged after signing": {func() []byte {
			set := c.TrustClaims(fakecontroller.GateURI)
			c.SignTrust(set)
			set["grantKeys"] = stranger.TrustClaims(fakecontroller.GateURI)["grantKeys"]
			return c.JSON(set)
		}, fault.BadSignature, "trust.sig"},
		"unknown member": {func() []byte {
			set := c.TrustClaims(fakecontroller.GateURI)
			set["extra"] = true
			return c.SignTrust(set)
		}, fault.BadRequest, "trust"},
		"kid that is not the thumbprint": {func() []byte {
			set := c.TrustClaims(fakecontroller.GateURI)
			set["configKeys"].([]claims)[0]["kid"] = strings.Repeat("A", 43)
			return c.SignTrust(set)
		}, fault.BadRequest, "trust"},
		"identity of a controller": {func() []byte { return c.Trust(fakecontroller.Issuer) },
			fault.BadRequest, "trust.aud"},
		"device id in a gateway's name": {func() []byte {
			return c.Trust("spiffe://lab.example/gateway/" + fakecontroller.DeviceID)
		}, fault.BadRequest, "trust.aud"},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			keyring := &trust.Keyring{}
			if err := keyring.SetPin(object.Pin{RootDigest: c.Pin()}); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.Accept(test.raw(), time.Now())
			expectCode(t, err, test.code, test.at)
			if keyring.Version() != 0 {
				t.Fatal("something of the set was kept")
			}
		})
	}
}

func TestTrustSetNeedsAPin(t *testing.T) {
	c := fakecontroller.New(t)
	_, err := (&trust.Keyring{}).Accept(c.Trust(fakecontroller.GateURI), time.Now())
	expectCode(t, err, fault.BadSignature, "trust")
}

func TestTrustSetMovesForwardOnly(t *testing.T) {
	c := fakecontroller.New(t)
	c.TrustVersion = 5
	keyring := keyringFor(t, c, fakecontroller.GateURI)
	same := c.Trust(fakecontroller.GateURI) // signed anew: other signature, same content
	if changed, err := keyring.Accept(same, time.Now()); err != nil || changed {
		t.Fatalf("same content: changed %v, %v", changed, err)
	}
	other := c.TrustClaims(fakecontroller.GateURI)
	other["killed"] = []string{fakecontroller.Kid(c.Grant)}
	_, err := keyring.Accept(c.SignTrust(other), time.Now())
	expectCode(t, err, fault.Conflict, "trust.version")
	c.TrustVersion = 4
	_, err = keyring.Accept(c.Trust(fakecontroller.GateURI), time.Now())
	expectCode(t, err, fault.Conflict, "trust.version")
	c.TrustVersion = 6
	_, err = keyring.Accept(c.Trust(fakecontroller.DeviceURI), time.Now())
	expectCode(t, err, fault.Conflict, "trust.aud")
	if changed, err := keyring.Accept(c.Trust(fakecontroller.GateURI), time.Now()); err != nil ||
		!changed {
		t.Fatalf("newer: changed %v, %v", changed, err)
	}
}

func TestExpiredIssuingCertificateGivesNoNewTrustButOldStays(t *testing.T) {
	c := fakecontroller.New(t)
	keyring := &trust.Keyring{}
	if err := keyring.SetPin(object.Pin{RootDigest: c.Pin()}); err != nil {
		t.Fatal(err)
	}
	_, err := keyring.Accept(c.Trust(fakecontroller.GateURI), time.Now().Add(48*time.Hour))
	expectCode(t, err, fault.BadSignature, "trust.chain")
	if _, err := keyring.Accept(c.Trust(fakecontroller.GateURI), time.Time{}); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherRootNeedsALeave(t *testing.T) {
	keyring := keyringFor(t, fakecontroller.New(t), fakecontroller.GateURI)
	err := keyring.SetPin(object.Pin{RootDigest: fakecontroller.New(t).Pin()})
	expectCode(t, err, fault.Conflict, "pin")
	keyring.Reset()
	if err := keyring.SetPin(object.Pin{RootDigest: fakecontroller.New(t).Pin()}); err != nil {
		t.Fatal(err)
	}
}

func TestGoodObjectsAreTaken(t *testing.T) {
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	if _, err := gate.Config(c.SignConfig(fakecontroller.Gateway(1, nowSeconds))); err != nil {
		t.Fatal(err)
	}
	grant, err := gate.Grant(c.SignGrant(fakecontroller.GrantFor(1, "j1", nowSeconds)))
	if err != nil || grant.JTI != "j1" || len(grant.Addresses) != 2 {
		t.Fatalf("%+v, %v", grant, err)
	}
	list, err := gate.Leases(c.SignLeases(fakecontroller.LeaseList(nowSeconds+0.25, "j1")))
	if err != nil || list.IssuedAtMicros != nowSeconds*1_000_000+250_000 {
		t.Fatalf("%+v, %v", list, err)
	}
	device := keyringFor(t, c, fakecontroller.DeviceURI)
	if _, err := device.Config(c.SignConfig(fakecontroller.Tunnel(1, nowSeconds))); err != nil {
		t.Fatal(err)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	c := fakecontroller.New(t)
	stranger := fakecontroller.New(t)
	good := fakecontroller.GrantFor(1, "j1", nowSeconds)
	head := claims{"alg": "Ed25519", "typ": "grant+jwt", "kid": fakecontroller.Kid(c.Grant)}
	cases := map[string]struct{ token, at string }{
		"signed by a stranger":           {stranger.SignGrant(good), "jws.kid"},
		"stranger's bytes under our kid": {c.SignWith(head, stranger.Grant, good), "jws"},
		"signed by the config key":       {c.Sign("grant+jwt", c.Config, good), "jws.kid"},
		"signed by the lease key":        {c.Sign("grant+jwt", c.Leases, good), "jws.kid"},
		"typ of a config":                {c.Sign("config+jwt", c.Grant, good), "jws.header"},
		"HS256 with the public key":      {hs256(c, good), "jws.header"},
		"no signature":                   {dropSignature(c.SignGrant(good)), "jws"},
		"empty":                          {"", "jws"},
	}
	gate := keyringFor(t, c, fakecontroller.GateURI)
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := gate.Grant(test.token)
			expectCode(t, err, fault.BadSignature, test.at)
		})
	}
}

func TestOtherHeadersAreRefused(t *testing.T) {
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	for name, change := range map[string]claims{
		"alg none":         {"alg": "none"},
		"alg EdDSA":        {"alg": "EdDSA"},
		"alg in lowercase": {"alg": "ed25519"},
		"key inside":       {"jwk": claims{}},
		"critical member":  {"crit": []string{"b64"}},
		"plain payload":    {"b64": false},
	} {
		t.Run(name, func(t *testing.T) {
			head := claims{"alg": "Ed25519", "typ": "grant+jwt", "kid": fakecontroller.Kid(c.Grant)}
			for member, value := range change {
				head[member] = value
			}
			good := fakecontroller.GrantFor(1, "j1", nowSeconds)
			_, err := gate.Grant(c.SignWith(head, c.Grant, good))
			expectCode(t, err, fault.BadSignature, "jws.header")
		})
	}
}

func TestGrantsThatSayTooMuchAreRefused(t *testing.T) {
	another := fakecontroller.GateURI[:len(fakecontroller.GateURI)-1] + "m"
	stranger := "spiffe://evil.example/device/" + fakecontroller.DeviceID
	network := claims{"pk": fakecontroller.WireGuardKey(1).String(), "ips": []string{"100.96.0.0/16"}}
	rekeyed := claims{"pk": fakecontroller.WireGuardKey(7).String(), "ips": []string{"100.96.1.1/32"}}
	cases := map[string]struct {
		claim string
		value any
		code  fault.Code
		at    string
	}{
		"meant for another gateway": {"aud", another, fault.BadSignature, "grant.aud"},
		"list of audiences": {"aud", []string{fakecontroller.GateURI}, fault.BadRequest,
			"grant"},
		"issuer of another domain": {"iss", "spiffe://evil.example/controller",
			fault.BadSignature, "grant.iss"},
		"subject of another domain": {"sub", stranger, fault.BadSignature, "grant.sub"},
		"subject is a gateway": {"sub", fakecontroller.GateURI, fault.BadSignature,
			"grant.sub"},
		"unknown claim":                  {"everything", true, fault.BadRequest, "grant"},
		"claim in capitals":              {"AUD", fakecontroller.GateURI, fault.BadRequest, "grant"},
		"longer than twelve hours":       {"exp", nowSeconds + 43201, fault.BadRequest, "grant"},
		"exp beyond every access":        {"exp", nowSeconds + 7200, fault.BadRequest, "grant"},
		"nbf before its time":            {"nbf", nowSeconds - 31, fault.BadRequest, "grant"},
		"nbf after iat":                  {"nbf", nowSeconds + 1, fault.BadRequest, "grant"},
		"fractional exp":                 {"exp", nowSeconds + 3600.5, fault.BadRequest, "grant"},
		"lease of an hour":               {"lease", 3600, fault.BadRequest, "grant"},
		"address of a whole network":     {"wg", network, fault.BadRequest, "grant"},
		"re-keyed to the attacker's key": {"wg", rekeyed, fault.BadSignature, "grant.cnf"},
	}
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			altered := fakecontroller.GrantFor(1, "j1", nowSeconds)
			altered[test.claim] = test.value
			_, err := gate.Grant(c.SignGrant(altered))
			expectCode(t, err, test.code, test.at)
		})
	}
}

func hs256(c *fakecontroller.Controller, grant claims) string {
	public := c.Grant.Public().(ed25519.PublicKey)
	header := claims{"alg": "HS256", "typ": "grant+jwt", "kid": fakecontroller.Kid(c.Grant)}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(c.JSON(header)) + "." + encode(c.JSON(grant))
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

func dropSignature(token string) string { return token[:strings.LastIndexByte(token, '.')+1] }

func TestEveryChangedByteOfATokenIsRefused(t *testing.T) {
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	token := c.SignGrant(fakecontroller.GrantFor(1, "j1", nowSeconds))
	for index := range token {
		for _, with := range []byte{token[index] ^ 1, 'A', '.', '\n', '='} {
			altered := token[:index] + string(with) + token[index+1:]
			if altered == token {
				continue
			}
			if _, err := gate.Grant(altered); err == nil {
				t.Fatalf("byte %d changed to %q was accepted", index, with)
			}
		}
	}
	// The last character has bits that no byte needs: one signature must have one spelling.
	for _, with := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		altered := token[:len(token)-1] + string(with)
		if _, err := gate.Grant(altered); err == nil && altered != token {
			t.Fatalf("the last character changed to %q was accepted", with)
		}
	}
	for _, altered := range []string{token + "\n", token + "=", "\n" + token, token + "."} {
		if _, err := gate.Grant(altered); err == nil {
			t.Fatalf("another spelling was accepted: %q", altered[len(altered)-3:])
		}
	}
}

func TestKilledKeyIsNoKey(t *testing.T) {
	c := fakecontroller.New(t)
	gate := keyringFor(t, c, fakecontroller.GateURI)
	grant := c.SignGrant(fakecontroller.GrantFor(1, "j1", nowSeconds))
	if _, err := gate.Grant(grant); err != nil {
		t.Fatal(err)
	}
	c.TrustVersion = 2
	set := c.TrustClaims(fakecontroller.GateURI)
	set["killed"] = []string{fakecontroller.Kid(c.Grant)}
	if _, err := gate.Accept(c.SignTrust(set), time.Now()); err != nil {
		t.Fatal(err)
	}
	_, err := gate.Grant(grant)
	expectCode(t, err, fault.BadSignature, "jws.kid")
}

func TestConfigsOfOthersAreRefused(t *testing.T) {
	site := func(member string, value any) []claims {
		sites := fakecontroller.Tunnel(1, nowSeconds)["sites"].([]claims)
		sites[0][member] = value
		return sites
	}
	one := fakecontroller.Tunnel(1, nowSeconds)["sites"].([]claims)[0]
	cases := map[string]struct {
		member string
		value  any
		code   fault.Code
		at     string
	}{
		"for another device": {"aud", fakecontroller.OtherURI, fault.BadSignature, "config.aud"},
		"naming another device": {"device", fakecontroller.OtherID, fault.BadSignature,
			"config.kind"},
		"for a newer netd":           {"minCapability", 2, fault.Unsupported, "config.minCapability"},
		"unknown member":             {"narrow", true, fault.BadRequest, "config"},
		"unknown member deep inside": {"sites", site("x", 1), fault.BadRequest, "config"},
		"host bits in a route": {"sites", site("routes", []string{"10.50.0.1/16"}),
			fault.BadRequest, "config"},
		"mtu below IPv6":         {"mtu", 1279, fault.BadRequest, "config"},
		"one route in two sites": {"sites", []claims{one, one}, fault.BadRequest, "config"},
	}
	c := fakecontroller.New(t)
	device := keyringFor(t, c, fakecontroller.DeviceURI)
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			config := fakecontroller.Tunnel(1, nowSeconds)
			config[test.member] = test.value
			_, err := device.Config(c.SignConfig(config))
			expectCode(t, err, test.code, test.at)
		})
	}
	_, err := device.Config(c.SignConfig(fakecontroller.Gateway(1, nowSeconds)))
	expectCode(t, err, fault.BadSignature, "config.aud")
	named := fakecontroller.Gateway(1, nowSeconds)
	named["gateway"] = fakecontroller.GatewayID[:len(fakecontroller.GatewayID)-1] + "m"
	_, err = keyringFor(t, c, fakecontroller.GateURI).Config(c.SignConfig(named))
	expectCode(t, err, fault.BadSignature, "config.kind")
}

func FuzzGrant(f *testing.F) {
	f.Add("")
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiZ3JhbnQrand0Iiwia2lkIjoiQSJ9.e30.AA")
	f.Fuzz(func(t *testing.T, token string) {
		c := sharedController(t)
		if _, err := c.Grant(token); err == nil {
			t.Fatal("a token that nobody signed was accepted")
		}
	})
}

var fuzzKeyring *trust.Keyring

func sharedController(t *testing.T) *trust.Keyring {
	if fuzzKeyring == nil {
		fuzzKeyring = keyringFor(t, fakecontroller.New(t), fakecontroller.GateURI)
	}
	return fuzzKeyring
}

func TestBreakGlassBeforeATrustSetIsAConflict(t *testing.T) {
	_, _, err := (&trust.Keyring{}).BreakGlass([]byte("{}"))
	expectCode(t, err, fault.Conflict, "trust")
}
