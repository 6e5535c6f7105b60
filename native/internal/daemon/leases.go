package daemon

import (
	"context"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/strict"
)

type leasesAnswer struct {
	KernelAtMs float64 `json:"kernelAtMs"`
	Renewed    int     `json:"renewed"`
	Unknown    int     `json:"unknown"`
}

func (d *Daemon) parseLeases(f *strict.Fields) ipc.Call {
	token := f.Text("jws", 1, 1<<20)
	return d.locked("leases", func(ctx context.Context) (any, error) {
		if err := d.demandGateway(); err != nil {
			return nil, err
		}
		return d.takeLeases(ctx, token)
	})
}

// reanchorAbove is how far the controller's time may turn out to be ahead of what we believed
// before the ends of all grants are written anew.
const reanchorAbove = time.Second

func (d *Daemon) takeLeases(ctx context.Context, token string) (any, error) {
	list, err := d.keyring.Leases(token)
	if err != nil {
		return nil, err
	}
	if paused := d.book.PausedFor(list, d.moment(d.options.Clock())); paused > 0 {
		d.endAllFlows(ctx, paused, 0)
	}
	shifted := d.witness(list.IssuedAtMicros)
	now := d.moment(d.options.Clock())
	change, count, err := d.book.Renew(list, now)
	if err != nil {
		return nil, err
	}
	if shifted > reanchorAbove {
		change.Upsert = d.book.Restate(now).Upsert
	}
	result, err := d.commit(ctx, withoutDoubles(change))
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "leases", err)
	}
	return leasesAnswer{KernelAtMs: result.KernelAtMs, Renewed: count.Renewed,
		Unknown: count.Unknown}, nil
}

// withoutDoubles moves the new live time of a restated grant into its upsert, since a grant may
// stand only once in a change.
func withoutDoubles(change ports.Change) ports.Change {
	if len(change.Upsert) == 0 {
		return change
	}
	live := map[string]ports.Renewal{}
	for _, renewal := range change.Renew {
		live[renewal.Grant.JTI] = renewal
	}
	for index, upsert := range change.Upsert {
		if renewal, ok := live[upsert.Grant.JTI]; ok {
			change.Upsert[index].Live, change.Upsert[index].KeepLive = renewal.Live, false
		}
	}
	change.Renew = nil
	return change
}
