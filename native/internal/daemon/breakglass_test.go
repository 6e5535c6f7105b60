package daemon

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/lease"
)

// breakGlassRig is a gateway whose trust set names two administrators, and whose controller is gone.
func breakGlassRig(t *testing.T) (*rig, *fakeagent.Agent, []ed25519.PrivateKey) {
	t.Helper()
	r := newRig(t)
	keys := []ed25519.PrivateKey{r.c.Register("ann"), r.c.Register("bob")}
	return r, r.gatewayUp(), keys
}

func (r *rig) glass(jti string) claims {
	return fakecontroller.BreakGlassFor(1, jti, r.nowSeconds())
}

func file(raw []byte) claims { return claims{"file": json.RawMessage(raw)} }

func TestTwoAdministratorsOpenWhileTheControllerIsGone(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	opened := c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	if opened["kernelAtMs"].(float64) <= 0 || len(opened["holders"].([]any)) != 2 {
		t.Fatalf("not said what was opened: %v", opened)
	}
	expectLive(t, r, firstDevice...)
	entries := c.Do("breakGlassLog", claims{})["entries"].([]any)
	if len(entries) != 1 || entries[0].(map[string]any)["reason"] != "controller lost" {
		t.Fatalf("not kept for the report: %v", entries)
	}
}

func TestBreakGlassIsRefused(t *testing.T) {
	change := func(name string, value any) func(*rig, claims) {
		return func(_ *rig, glass claims) { glass[name] = value }
	}
	cases := map[string]struct {
		code   string
		change func(*rig, claims)
	}{
		"wide":                {"bad_request", func(r *rig, g claims) { g["exp"] = r.nowSeconds() + 3601 }},
		"expired":             {"conflict", func(r *rig, g claims) { g["iat"], g["exp"] = r.nowSeconds()-99, r.nowSeconds()-1 }},
		"not yet":             {"conflict", func(r *rig, g claims) { g["iat"], g["exp"] = r.nowSeconds()+60, r.nowSeconds()+90 }},
		"another gateway":     {"bad_signature", change("aud", fakecontroller.DeviceURI)},
		"a gateway as device": {"bad_signature", change("sub", fakecontroller.GateURI)},
		"another key":         {"bad_signature", change("cnf", claims{"jkt": fakecontroller.Kid(make(ed25519.PrivateKey, 64))})},
		"an unknown resource": {"conflict", change("resources", []string{"vault"})},
		"all resources":       {"conflict", change("resources", []string{"*"})},
		"too many resources":  {"bad_request", change("resources", []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"})},
		"no reason":           {"bad_request", change("reason", "")},
		"an unknown member":   {"bad_request", change("act", "root")},
		"an address elsewhere": {"ceiling", func(_ *rig, g claims) {
			g["wg"] = claims{"pk": fakecontroller.WireGuardKey(1).String(), "ips": []string{"10.9.9.9/32"}}
		}},
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			r, c, keys := breakGlassRig(t)
			glass := r.glass("b1")
			one.change(r, glass)
			c.Refuse(one.code, "breakGlass", file(r.c.SignBreakGlass(glass, keys...)))
			expectLive(t, r)
		})
	}
}

func TestBreakGlassNeedsTwoDifferentAdministrators(t *testing.T) {
	r := newRig(t)
	ann, twin, bob := r.c.Register("ann"), r.c.Register("ann"), r.c.Register("bob")
	c := r.gatewayUp()
	stranger := fakecontroller.New(t).Register("eve")
	for name, keys := range map[string][]ed25519.PrivateKey{
		"one signer": {ann}, "same signer": {ann, ann}, "two keys of one holder": {ann, twin},
		"a stranger": {ann, stranger}, "the key of grants": {ann, r.c.Grant}, "three": {ann, bob, twin},
	} {
		t.Run(name, func(t *testing.T) {
			c.Refuse("bad_signature", "breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
		})
	}
	forged := r.c.SignBreakGlass(r.glass("b1"), ann, bob)
	var parts map[string]any
	if err := json.Unmarshal(forged, &parts); err != nil {
		t.Fatal(err)
	}
	wider := r.glass("b1")
	wider["exp"] = r.nowSeconds() + 3600
	var other map[string]any
	if err := json.Unmarshal(r.c.SignBreakGlass(wider, ann, bob), &other); err != nil {
		t.Fatal(err)
	}
	parts["payload"] = other["payload"]
	c.Refuse("bad_signature", "breakGlass", file(r.c.JSON(parts)))
	expectLive(t, r)
}

func TestAKeyThatTheRootDidNotSignIsNoBreakGlassKey(t *testing.T) {
	r := newRig(t)
	r.c.Register("ann")
	forged := r.c.TrustClaims(fakecontroller.GateURI)
	forged["breakGlassKeys"].([]claims)[0]["holder"] = "bob"
	c := r.writer()
	c.Do("pin", claims{"p": r.c.Pin()})
	c.Refuse("bad_signature", "trust", claims{"set": json.RawMessage(r.c.SignTrust(forged))})
}

func TestABreakGlassOpensOnceAcrossRestartsToo(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	once := file(r.c.SignBreakGlass(r.glass("b1"), keys...))
	c.Do("breakGlass", once)
	c.Refuse("conflict", "breakGlass", once)
	r.stop()
	r.start()
	again := r.writer()
	again.Do("config", claims{"jws": r.c.SignConfig(fakecontroller.Gateway(2, r.nowSeconds()))})
	again.Refuse("conflict", "breakGlass", once)
}

func TestBreakGlassOpensAfterARestartWithoutTheController(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	c.Do("observe", claims{})
	r.stop()
	r.start()
	r.writer().Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	expectLive(t, r, firstDevice...)
}

func TestBreakGlassYieldsToTheController(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	c.Do("link", claims{"up": true})
	c.Refuse("conflict", "breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	c.Do("link", claims{"up": false})
	c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	expectLive(t, r, firstDevice...)
	c.Do("snapshot", claims{"epoch": "e2", "part": 1, "parts": 1, "hash": lease.Hash(nil),
		"grants": []string{}})
	expectLive(t, r)
}

func TestARevokedDeviceStaysOut(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	config := fakecontroller.Gateway(2, r.nowSeconds())
	config["revoked"] = []string{fakecontroller.WireGuardKey(1).String()}
	c.Do("config", claims{"jws": r.c.SignConfig(config)})
	c.Refuse("conflict", "breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	expectLive(t, r)
}

func TestBreakGlassEndsByItself(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	r.clock.advance(1801 * time.Second)
	r.core.tick(t.Context())
	if held := r.gateway.Held(); len(held) != 0 {
		t.Fatalf("still held: %v", held)
	}
}

func TestAClockSetBackRevivesNoBreakGlass(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	unused := file(r.c.SignBreakGlass(r.glass("b1"), keys...))
	used := file(r.c.SignBreakGlass(r.glass("b2"), keys...))
	c.Do("breakGlass", used)
	r.clock.advance(2 * time.Hour)
	r.core.tick(t.Context())
	r.clock.setBack(2 * time.Hour)
	r.core.tick(t.Context())
	c.Refuse("conflict", "breakGlass", unused)
	c.Refuse("conflict", "breakGlass", used)
	expectLive(t, r)
}

func TestABreakGlassIsRememberedADayBeyondItsEnd(t *testing.T) {
	r, c, keys := breakGlassRig(t)
	c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	r.clock.advance(23 * time.Hour)
	c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b2"), keys...)))
	if entries := c.Do("breakGlassLog", claims{})["entries"].([]any); len(entries) != 2 {
		t.Fatalf("forgotten within a day: %v", entries)
	}
	r.clock.advance(3 * time.Hour)
	c.Do("breakGlass", file(r.c.SignBreakGlass(r.glass("b3"), keys...)))
	if entries := c.Do("breakGlassLog", claims{})["entries"].([]any); len(entries) != 2 {
		t.Fatalf("kept for ever: %v", entries)
	}
}

func TestAgentRoleMayNotBreakGlass(t *testing.T) {
	r, _, keys := breakGlassRig(t)
	r.restartForAgent()
	c := r.writer()
	c.Refuse("permission", "breakGlass", file(r.c.SignBreakGlass(r.glass("b1"), keys...)))
	expectLive(t, r)
}
