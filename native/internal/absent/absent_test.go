package absent_test

import (
	"context"
	"testing"

	"sallyport.dev/netd/internal/absent"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ports"
)

var (
	_ ports.Device  = absent.Device{}
	_ ports.Gateway = absent.Gateway{}
	_ ports.Names   = absent.Names{}
)

func TestWhatWouldOpenIsRefusedAndWhatClosesIsDone(t *testing.T) {
	ctx := context.Background()
	for _, steps := range [][]ports.Step{
		absent.Device{}.Apply(ctx, ports.DeviceDesired{}),
		absent.Gateway{}.Configure(ctx, ports.GatewayDesired{}),
	} {
		if len(steps) != 1 || steps[0].Result != ports.StepFailed || steps[0].Detail == "" {
			t.Fatalf("%+v", steps)
		}
	}
	_, err := absent.Gateway{}.Commit(ctx, ports.Change{})
	if fault.From(err).Code != fault.Unsupported {
		t.Fatal(err)
	}
	if err := (absent.Device{}).EnsureGuard(ctx, ports.DeviceDesired{}); err == nil {
		t.Fatal("a guard that nobody put up")
	}
	if err := (absent.Device{}).Narrow(ctx); err != nil {
		t.Fatal(err)
	}
}
