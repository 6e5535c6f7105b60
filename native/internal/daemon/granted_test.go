package daemon

import (
	"testing"
	"time"

	"sallyport.dev/netd/internal/fakecontroller"
)

func TestRoutesOfADeviceEndWithTheLastGrantBehindThem(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	r.clock.advance(3600 * time.Second)
	r.core.tick(t.Context())
	if calls := r.device.Made(); calls[len(calls)-1] == "narrow" {
		t.Fatal("closed before the end and its leeway")
	}
	r.clock.advance(6 * time.Second)
	r.core.tick(t.Context())
	r.core.tick(t.Context())
	if calls := r.device.Made(); calls[len(calls)-1] != "narrow" || calls[len(calls)-2] == "narrow" {
		t.Fatalf("not closed once: %v", calls)
	}
	if seen := a.Do("observe", nil)["observed"].(map[string]any); seen["blocked"] != true {
		t.Fatal(seen)
	}
	a.Do("config", claims{"jws": r.tunnel(2, nil)})
	if got := routesApplied(r); len(got) != 2 {
		t.Fatalf("a config of new grants opens nothing: %v", got)
	}
}

func TestAnEndedConfigThatIsAppliedAgainOpensNothing(t *testing.T) {
	r := newRig(t)
	a := r.enrol(fakecontroller.DeviceURI)
	ended := r.tunnel(1, func(config claims) {
		config["grantedUntilAt"] = (r.nowSeconds() - 60) * 1000
	})
	for range 2 {
		a.Do("config", claims{"jws": ended})
		if got := routesApplied(r); len(got) != 0 {
			t.Fatal(got)
		}
	}
}

func TestAGatewayToleratesNoLongerThanItsConfigAllows(t *testing.T) {
	for name, test := range map[string]struct {
		maxStaleSeconds int
		want            bool
	}{"longer than the silence": {900, true}, "shorter": {300, false}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c := r.gatewayUp()
			config := fakecontroller.Gateway(9, r.nowSeconds())
			config["maxStaleSeconds"] = test.maxStaleSeconds
			c.Do("config", claims{"jws": r.c.SignConfig(config)})
			if got := liveAfterSilence(t, r, c); got != test.want {
				t.Fatalf("lives on: %v", got)
			}
		})
	}
}
