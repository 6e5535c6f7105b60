package daemon

import (
	"context"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/strict"
)

func (d *Daemon) parseSnapshot(f *strict.Fields) ipc.Call {
	part := lease.Part[checkedGrant]{
		Epoch: f.Text("epoch", 1, 64),
		Part:  int(f.Int("part", 1, 10000)),
		Parts: int(f.Int("parts", 1, 10000)),
		Hash:  f.Text("hash", 64, 64),
	}
	tokens := f.Texts("grants", 0, maxAdd, maxGrantText)
	return d.locked("snapshot", func(ctx context.Context) (any, error) {
		if err := d.demandGateway(); err != nil {
			return nil, err
		}
		if d.effective == nil {
			return nil, fault.New(fault.Conflict, "snapshot", "no config yet; send config first")
		}
		// Each part is verified as it comes, so that no removal waits for a whole snapshot.
		d.growth.begin(part.Parts)
		part.Items = d.checkWhileUnlocked(tokens)
		checked, complete, err := d.assembly.Add(part)
		if err != nil {
			return nil, err
		}
		if !complete {
			d.expect(part.Items)
			return grantsAnswer{Complete: &complete}, nil
		}
		return d.replaceGrants(ctx, checked, part.Hash)
	})
}

// expect has the gateway begin while further parts come.
func (d *Daemon) expect(checked []checkedGrant) {
	if gateway, able := d.gateway.(ports.Expecter); able {
		gateway.Expect(d.book.Awaited(sortOut(checked).candidates, d.moment(d.options.Clock())))
	}
}

func (d *Daemon) replaceGrants(
	ctx context.Context, checked []checkedGrant, hash string,
) (any, error) {
	named := make([]lease.Named, 0, len(checked))
	for _, one := range checked {
		named = append(named, one.named)
	}
	if lease.Hash(named) != hash {
		return nil, fault.New(fault.Conflict, "snapshot.hash", "the grants do not give this hash")
	}
	// A config may have come since a part was looked at.
	for index, one := range checked {
		if one.problem != nil {
			continue
		}
		if err := insidePools(one.candidate.Grant, d.effective); err != nil {
			checked[index].problem = fault.From(err)
		}
	}
	chosen := sortOut(checked)
	change, rejections := d.book.Replace(chosen.candidates, d.moment(d.options.Clock()))
	result, err := d.commit(ctx, change)
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "snapshot", err)
	}
	d.snapshot = true
	d.growth.end()
	complete := true
	answer := grantsAnswer{Complete: &complete, KernelAtMs: result.KernelAtMs,
		Rejected: chosen.rejected(rejections)}
	d.options.Log.Info("grants replaced", "grants", d.book.Size(), "removed", len(change.Remove),
		"rejected", len(answer.Rejected), "kernelAtMs", result.KernelAtMs)
	return answerGrants(answer)
}
