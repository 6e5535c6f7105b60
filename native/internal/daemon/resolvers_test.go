package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fakekernel"
	"sallyport.dev/netd/internal/ports"
)

// brokenGateway takes no config any more, and notes who is asked for names meanwhile.
type brokenGateway struct {
	*fakekernel.Gateway
	names *fakekernel.Names
	asked *[]netip.Addr
}

func (g brokenGateway) Configure(context.Context, ports.GatewayDesired) []ports.Step {
	*g.asked = g.names.Gateways[len(g.names.Gateways)-1].Resolvers
	return []ports.Step{{Name: "link", Result: ports.StepFailed, Detail: "broken"}}
}

// The rules that keep questions off the way outside name the resolvers.
func TestAResolverIsLeftBeforeItsRulesAre(t *testing.T) {
	r, asked := newRig(t), []netip.Addr{}
	a := r.enrol(fakecontroller.GateURI)
	config := func(version int64, resolvers ...string) {
		claims := fakecontroller.Gateway(version, r.nowSeconds())
		claims["resolvers"] = resolvers
		a.Do("config", map[string]any{"jws": r.c.SignConfig(claims)})
	}
	config(1, "10.50.0.10", "10.50.0.11")
	r.core.mutex.Lock()
	r.core.Attach(r.device, brokenGateway{r.gateway, r.names, &asked}, r.names)
	r.core.mutex.Unlock()
	config(2, "10.50.0.11", "10.50.0.12")
	if fmt.Sprint(asked) != "[10.50.0.11]" || len(r.names.Gateways) != 2 {
		t.Errorf("asked while the gateway is configured anew: %v, and after it failed: %v",
			asked, r.names.Gateways[1:])
	}
}
