package daemon

import (
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/ports"
)

func TestRefusedPacketsAreToldWithTheirDevice(t *testing.T) {
	r := newRig(t)
	c := r.gatewayUp()
	c.Do("grants", grantsOf([]string{r.grant(1, "j1")}, nil))
	c.Do("subscribe", claims{"events": []string{"denied"}})
	refused := func(source string) map[string]any {
		return map[string]any{"src": source, "dst": "10.50.0.20", "proto": 6, "port": 22, "count": 3}
	}
	r.core.Emit(ports.Event{Name: "denied", Fields: refused("100.96.1.1")})
	r.core.Emit(ports.Event{Name: "denied", Fields: refused("100.96.1.77")})
	for _, want := range []any{fakecontroller.DeviceOf(1), nil} {
		got := c.Next()
		if got["event"] != "denied" || got["device"] != want || got["count"] != 3.0 {
			t.Errorf("told %v, want device %v", got, want)
		}
	}
}
