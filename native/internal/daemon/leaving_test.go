package daemon

import (
	"context"
	"slices"
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/fakekernel"
)

type leavingDevice struct {
	*fakekernel.Device
	left *[]string
}

func (d leavingDevice) Leave(context.Context) error {
	*d.left = append(*d.left, "device")
	return nil
}

type leavingGateway struct {
	*fakekernel.Gateway
	left *[]string
}

func (g leavingGateway) Leave(context.Context) error {
	*g.left = append(*g.left, "gateway")
	return nil
}

func TestTheSideInUseLeavesFirst(t *testing.T) {
	for identity, wanted := range map[string][]string{
		fakecontroller.DeviceURI: {"device", "gateway"},
		fakecontroller.GateURI:   {"gateway", "device"},
	} {
		r, left := newRig(t), []string{}
		a := r.enrol(identity)
		r.core.mutex.Lock()
		r.core.Attach(leavingDevice{r.device, &left}, leavingGateway{r.gateway, &left}, r.names)
		r.core.mutex.Unlock()
		a.Do("leave", nil)
		if !slices.Equal(left, wanted) {
			t.Errorf("%s: left in the order %v", identity, left)
		}
	}
}
