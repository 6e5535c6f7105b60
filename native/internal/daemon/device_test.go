package daemon

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakeagent"
	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/store"
)

func (r *rig) deviceUp() *fakeagent.Agent {
	r.t.Helper()
	a := r.enrol(fakecontroller.DeviceURI)
	a.Do("config", claims{"jws": r.tunnel(1, nil)})
	return a
}

// tunnel signs a device config; change may be nil.
func (r *rig) tunnel(version int64, change func(claims)) string {
	config := fakecontroller.Tunnel(version, r.nowSeconds())
	if change != nil {
		change(config)
	}
	return r.c.SignConfig(config)
}

func routes(list ...string) func(claims) {
	return func(config claims) {
		config["sites"].([]claims)[0]["routes"] = append([]string{}, list...)
	}
}

func routesApplied(r *rig) []string {
	applied := []string{}
	for _, site := range r.device.Last().Tunnel.Sites {
		for _, route := range site.Routes {
			applied = append(applied, route.String())
		}
	}
	slices.Sort(applied)
	return applied
}

func TestConfigIsAppliedWithTheKeyThatOnlyNetdKnows(t *testing.T) {
	r := newRig(t)
	a := r.enrol(fakecontroller.DeviceURI)
	got := a.Do("config", claims{"jws": r.tunnel(1, nil)})
	if got["version"] != 1.0 || len(got["steps"].([]any)) == 0 {
		t.Fatal(got)
	}
	if r.device.Last().PrivateKey.IsZero() ||
		r.device.Last().Tunnel.Device != fakecontroller.DeviceID {
		t.Fatalf("%+v", r.device.Last())
	}
}

func TestConfigBeforeKeyOrTrustIsRefused(t *testing.T) {
	r := newRig(t)
	a := r.writer()
	a.Refuse("bad_signature", "config", claims{"jws": r.tunnel(1, nil)})
	a.Refuse("bad_signature", "trust",
		claims{"set": json.RawMessage(r.c.Trust(fakecontroller.DeviceURI))})
	a.Do("pin", claims{"p": r.c.Pin()})
	a.Do("trust", claims{"set": json.RawMessage(r.c.Trust(fakecontroller.DeviceURI))})
	a.Refuse("conflict", "config", claims{"jws": r.tunnel(1, nil)})
	if calls := r.device.Made(); len(calls) != 0 {
		t.Fatalf("the kernel was touched: %v", calls)
	}
}

func TestConfigVersionsOnlyRise(t *testing.T) {
	r := newRig(t)
	a := r.enrol(fakecontroller.DeviceURI)
	five := r.tunnel(5, nil)
	a.Do("config", claims{"jws": five})
	a.Do("config", claims{"jws": five}) // applied again
	a.Refuse("conflict", "config", claims{"jws": r.tunnel(5, routes("10.50.0.11/32"))})
	a.Refuse("conflict", "config", claims{"jws": r.tunnel(4, nil)})
	if len(r.device.Applied) != 2 {
		t.Fatalf("applied %d times", len(r.device.Applied))
	}
	r.stop()
	r.start()
	a = r.writer()
	a.Refuse("conflict", "config", claims{"jws": r.tunnel(4, nil)})
	a.Do("config", claims{"jws": five})
}

func TestCeilingsOfThisMachineHold(t *testing.T) {
	r := newRig(t)
	a := r.enrol(fakecontroller.DeviceURI)
	a.Do("pin", claims{"p": r.c.Pin(), "ceilings": claims{"allowedPrefixes": []string{"10.50.0.0/16",
		"fd50::/48"}}})
	a.Do("config", claims{"jws": r.tunnel(1, nil)})
	a.Refuse("ceiling", "config", claims{"jws": r.tunnel(2, routes("10.60.0.0/16"))})
	r.stop()
	r.start()
	a = r.writer()
	a.Refuse("ceiling", "config", claims{"jws": r.tunnel(2, routes("10.60.0.0/16"))})
	a.Refuse("bad_request", "pin", claims{"p": r.c.Pin(),
		"ceilings": claims{"allowedPrefix": []string{}}})
}

func TestNarrowerCeilingsCloseAConfigInForce(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("pin", claims{"p": r.c.Pin(), "ceilings": claims{"allowedPrefixes": []string{"10.50.0.0/16",
		"fd50::/48"}}})
	if calls := r.device.Made(); calls[len(calls)-1] != "apply" {
		t.Fatalf("a config within the ceilings was touched: %v", calls)
	}
	a.Do("pin", claims{"p": r.c.Pin(),
		"ceilings": claims{"allowedPrefixes": []string{"10.60.0.0/16"}}})
	if calls := r.device.Made(); calls[len(calls)-1] != "narrow" {
		t.Fatalf("calls: %v", calls)
	}
}

func TestConfigOfAKilledKeyIsNarrowed(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	r.c.TrustVersion = 2
	set := r.c.TrustClaims(fakecontroller.DeviceURI)
	set["killed"] = []string{fakecontroller.Kid(r.c.Config)}
	a.Do("trust", claims{"set": json.RawMessage(r.c.SignTrust(set))})
	if calls := r.device.Made(); calls[len(calls)-1] != "narrow" {
		t.Fatalf("calls: %v", calls)
	}
}

func TestGrantsAreNotForDevices(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Refuse("unsupported", "grants", grantsOf(nil, []string{"j1"}))
	a.Refuse("unsupported", "leases", claims{"jws": "a.b.c"})
}

func TestGuardComesBackAtStartAndNothingElse(t *testing.T) {
	r := newRig(t)
	r.deviceUp()
	before := len(r.device.Made())
	r.stop()
	r.start()
	a := r.writer()
	a.Do("observe", nil)
	a.Do("link", claims{"up": true})
	r.waitFor(func() bool { return len(r.device.Made()) > before })
	if calls := r.device.Made()[before:]; !reflect.DeepEqual(calls, []string{"guard"}) {
		t.Fatalf("calls: %v", calls)
	}
	if guard := r.device.Guards[0]; !guard.Blocked || len(guard.Tunnel.ProtectedPrefixes) != 2 {
		t.Fatalf("%+v", guard)
	}
}

func TestGuardStandsEvenWhenTheTrustSetIsLost(t *testing.T) {
	r := newRig(t)
	r.deviceUp()
	before := len(r.device.Made())
	r.stop()
	if err := os.WriteFile(filepath.Join(r.dir, "state", store.TrustFile), []byte("{"),
		0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.waitFor(func() bool { return len(r.device.Made()) > before })
	a := r.dial()
	hello := a.Do("hello", claims{"protocol": 1, "write": true})
	if !reflect.DeepEqual(hello["setAside"], []any{store.TrustFile}) || hello["identity"] != nil {
		t.Fatal(hello)
	}
	a.Refuse("bad_signature", "config", claims{"jws": r.tunnel(2, nil)})
}

func TestLostKeyIsToldOverRestartsUntilItIsGivenAgain(t *testing.T) {
	r := newRig(t)
	r.deviceUp()
	r.stop()
	if err := os.WriteFile(filepath.Join(r.dir, "state", store.KeyFile), []byte("no key"),
		0o600); err != nil {
		t.Fatal(err)
	}
	lost := func() any {
		return r.dial().Do("hello", claims{"protocol": 1, "write": false})["setAside"]
	}
	for range 2 {
		r.start()
		if told := lost(); !reflect.DeepEqual(told, []any{store.KeyFile}) {
			t.Fatal(told)
		}
		r.stop()
	}
	r.start()
	r.writer().Do("key", claims{"privateKey": fakecontroller.WireGuardKey(3).String()})
	if told := lost(); !reflect.DeepEqual(told, []any{}) {
		t.Fatal(told)
	}
}

func TestNarrowEndsWithTheNextValidConfigOnly(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("narrow", claims{"what": "down"})
	if calls := r.device.Made(); calls[len(calls)-1] != "narrow" {
		t.Fatalf("calls: %v", calls)
	}
	if seen := a.Do("observe", nil)["observed"].(map[string]any); seen["blocked"] != true {
		t.Fatal(seen)
	}
	a.Refuse("bad_signature", "config",
		claims{"jws": fakecontroller.New(t).SignConfig(fakecontroller.Tunnel(2, 1))})
	a.Refuse("bad_request", "narrow", claims{"what": "open"})
	a.Do("config", claims{"jws": r.tunnel(2, nil)})
	if seen := a.Do("observe", nil)["observed"].(map[string]any); seen["blocked"] != false {
		t.Fatal(seen)
	}
}

func TestConfigThatCutsTheLinkIsTakenBack(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": true})
	a.Do("subscribe", claims{"events": []string{"configReturned"}})
	// The newer config grants one route fewer and one more than the former one.
	a.Do("config", claims{"jws": r.tunnel(2, routes("10.50.0.10/32", "10.50.0.99/32"))})
	a.Do("link", claims{"up": false})
	r.clock.advance(29 * time.Second)
	a.Do("observe", nil)
	r.clock.advance(2 * time.Second)
	if event := a.Next(); event["from"] != 2.0 || event["to"] != 1.0 {
		t.Fatal(event)
	}
	if got := routesApplied(r); !reflect.DeepEqual(got, []string{"10.50.0.10/32"}) {
		t.Fatalf("the return opened %v", got)
	}
	a.Refuse("conflict", "config", claims{"jws": r.tunnel(1, nil)})
}

func TestConfigThatCutTheLinkOnceIsOnTrialAgain(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": true})
	second := r.tunnel(2, routes("10.50.0.10/32"))
	for range 2 {
		a.Do("config", claims{"jws": second})
		a.Do("link", claims{"up": false})
		r.clock.advance(31 * time.Second)
		r.core.tick(t.Context())
		if version := a.Do("observe", nil)["observed"].(map[string]any)["configVersion"]; version != 1.0 {
			t.Fatalf("version %v stayed", version)
		}
	}
}

func TestConfigIsKeptOnceTheLinkWorks(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": true})
	a.Do("config", claims{"jws": r.tunnel(2, nil)})
	a.Do("link", claims{"up": false})
	a.Do("link", claims{"up": true})
	a.Do("link", claims{"up": false})
	before := len(r.device.Made())
	r.core.mutex.Lock()
	r.core.endProbation(t.Context(), r.clock.read())
	r.core.mutex.Unlock()
	r.clock.advance(time.Hour)
	r.core.tick(t.Context())
	if calls := r.device.Made()[before:]; len(calls) != 0 {
		t.Fatalf("calls: %v", calls)
	}
}

func TestFirstConfigThatCutsTheLinkLeavesEverythingBlocked(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": false})
	r.clock.advance(31 * time.Second)
	r.core.tick(t.Context())
	if calls := r.device.Made(); calls[len(calls)-1] != "narrow" {
		t.Fatalf("calls: %v", calls)
	}
}

func TestWhatClosesDoesNotWaitForTheDisk(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": true})
	r.breakDisk()
	a.Refuse("kernel", "config", claims{"jws": r.tunnel(2, routes("10.50.0.10/32"))})
	if got := routesApplied(r); !reflect.DeepEqual(got, []string{"10.50.0.10/32"}) {
		t.Fatalf("not closed: %v", got)
	}
}

func TestWhatOpensWaitsForTheDisk(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": true})
	r.breakDisk()
	a.Refuse("kernel", "config", claims{"jws": r.tunnel(2, routes("10.50.0.10/32", "10.50.0.99/32"))})
	if got := routesApplied(r); !reflect.DeepEqual(got, []string{"10.50.0.10/32"}) {
		t.Fatalf("applied %v: the part that closes is due, the part that opens is not", got)
	}
	a.Refuse("kernel", "key", claims{"privateKey": fakecontroller.WireGuardKey(3).String()})
}

// breakDisk makes every write of the state fail: a folder stands where the temporary file should.
func (r *rig) breakDisk() {
	r.t.Helper()
	for _, name := range []string{store.ConfigFile, store.KeyFile} {
		if err := os.Mkdir(filepath.Join(r.dir, "state", name+".tmp"), 0o700); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestFailedStepIsSaid(t *testing.T) {
	r := newRig(t)
	a := r.enrol(fakecontroller.DeviceURI)
	r.device.Failing = true
	got := a.Do("config", claims{"jws": r.tunnel(1, nil)})
	if step := got["steps"].([]any)[0].(map[string]any); step["result"] != "failed" ||
		step["detail"] == "" {
		t.Fatal(got)
	}
	a.Refuse("kernel", "narrow", claims{"what": "block"})
	a.Refuse("kernel", "leave", nil)
	r.device.Failing = false
	a.Do("leave", nil)
}

func TestLeaveForgetsEverything(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("leave", nil)
	hello := r.dial().Do("hello", claims{"protocol": 1, "write": false})
	if hello["identity"] != nil || hello["trustVersion"] != 0.0 || hello["configVersion"] != 0.0 {
		t.Fatal(hello)
	}
	a.Refuse("bad_signature", "config", claims{"jws": r.tunnel(9, nil)})
	other := fakecontroller.New(t)
	a.Do("pin", claims{"p": other.Pin()})
	a.Do("trust", claims{"set": json.RawMessage(other.Trust(fakecontroller.OtherURI))})
}

func TestPrivateKeyStaysInside(t *testing.T) {
	r := newRig(t)
	a := r.writer()
	private := "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	got := a.Do("key", claims{"privateKey": private})
	if got["publicKey"] == private || got["publicKey"] != a.Do("key",
		claims{"privateKey": private})["publicKey"] {
		t.Fatal(got)
	}
	a.Refuse("bad_request", "key", claims{"privateKey": "short"})
	info, err := os.Stat(filepath.Join(r.dir, "state", store.KeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
}

func TestAgentRoleMayNotPinNorLeave(t *testing.T) {
	r := newRig(t)
	r.restartForAgent()
	a := r.writer()
	a.Refuse("permission", "pin", claims{"p": r.c.Pin()})
	a.Refuse("permission", "leave", nil)
	a.Refuse("bad_request", "subscribe", claims{"events": []string{"everything"}})
}

func TestNewSubscriberLearnsTheGeneration(t *testing.T) {
	r := newRig(t)
	a := r.dial()
	hello := a.Do("hello", claims{"protocol": 1, "write": false})
	a.Post("subscribe", nil)
	// The event may come before the answer.
	for range 2 {
		if line := a.Next(); line["event"] == "netdRestarted" &&
			line["generation"] != hello["generation"] {
			t.Fatal(line)
		}
	}
}
