package daemon

import (
	"context"
	"crypto/sha256"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/strict"
	"sallyport.dev/netd/internal/trust"
)

const (
	maxAdd       = 1024
	maxRemove    = 4096
	maxGrantText = 80 << 10
	maxJTIText   = 64
)

type commitAnswer struct {
	KernelAtMs float64 `json:"kernelAtMs"`
}

type rejectedGrant struct {
	Index  int        `json:"index"`
	JTI    string     `json:"jti"`
	Code   fault.Code `json:"code"`
	At     string     `json:"at"`
	Detail string     `json:"detail"`
}

type grantsAnswer struct {
	Complete   *bool           `json:"complete,omitempty"`
	KernelAtMs float64         `json:"kernelAtMs,omitempty"`
	Rejected   []rejectedGrant `json:"rejected,omitempty"`
}

type leasesAnswer struct {
	KernelAtMs float64 `json:"kernelAtMs"`
	Renewed    int     `json:"renewed"`
	Unknown    int     `json:"unknown"`
}

func (d *Daemon) parseGrants(f *strict.Fields) ipc.Call {
	add := f.Texts("add", 0, maxAdd, maxGrantText)
	remove := f.Texts("remove", 0, maxRemove, maxJTIText)
	return d.locked("grants", func(ctx context.Context) (any, error) {
		if err := d.demandGateway(); err != nil {
			return nil, err
		}
		return d.changeGrants(ctx, add, remove)
	})
}

func (d *Daemon) demandGateway() error {
	if !d.isGateway() {
		return fault.New(fault.Unsupported, "grants", "this machine is no gateway")
	}
	return nil
}

func (d *Daemon) changeGrants(ctx context.Context, add, remove []string) (any, error) {
	// Before the first snapshot the kernel may hold what an earlier netd left, unknown to the book.
	if len(remove) > 0 && !d.snapshot {
		if _, err := d.options.Gateway.EmptyLive(ctx); err != nil {
			return nil, fault.Wrap(fault.Kernel, "grants", err)
		}
		d.book.Silence(false)
	}
	candidates, rejected := d.verify(add)
	change, rejections := d.book.Apply(candidates.grants, remove, d.moment(d.options.Clock()))
	rejected = append(rejected, candidates.rejected(rejections)...)
	result, err := d.commit(ctx, change)
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "grants", err)
	}
	d.options.Log.Info("grants changed", "added", len(change.Upsert), "removed", len(change.Remove),
		"rejected", len(rejected), "kernelAtMs", result.KernelAtMs)
	return answerGrants(grantsAnswer{KernelAtMs: result.KernelAtMs, Rejected: rejected})
}

func answerGrants(answer grantsAnswer) (any, error) {
	if len(answer.Rejected) == 0 {
		return answer, nil
	}
	first := answer.Rejected[0]
	return nil, &ipc.Partial{Fault: fault.New(first.Code, first.At, "%s", first.Detail), Answer: answer}
}

// verified are candidates with their places in the request.
type verified struct {
	grants []lease.Candidate
	places []int
}

func (v verified) rejected(rejections []lease.Rejection) []rejectedGrant {
	rejected := []rejectedGrant{}
	for _, rejection := range rejections {
		rejected = append(rejected, describeRejection(v.places[rejection.Index], rejection.JTI, rejection.Fault))
	}
	return rejected
}

func describeRejection(index int, jti string, problem *fault.Fault) rejectedGrant {
	return rejectedGrant{Index: index, JTI: jti, Code: problem.Code, At: problem.At, Detail: problem.Detail}
}

// verify opens every token; the refused ones are named and change nothing.
func (d *Daemon) verify(tokens []string) (verified, []rejectedGrant) {
	var good verified
	var rejected []rejectedGrant
	for index, token := range tokens {
		grant, err := d.keyring.Grant(token)
		if err == nil {
			err = d.insidePools(grant)
		}
		if err != nil {
			jti, _, _ := trust.Peek(token)
			rejected = append(rejected, describeRejection(index, jti, fault.From(err)))
			continue
		}
		d.witness(grant.IssuedAt * 1_000_000)
		good.grants = append(good.grants, lease.Candidate{Grant: grant, Digest: sha256.Sum256([]byte(token))})
		good.places = append(good.places, index)
	}
	return good, rejected
}

func (d *Daemon) parseSnapshot(f *strict.Fields) ipc.Call {
	part := lease.Part{
		Epoch:  f.Text("epoch", 1, 64),
		Part:   int(f.Int("part", 1, 10000)),
		Parts:  int(f.Int("parts", 1, 10000)),
		Hash:   f.Text("hash", 64, 64),
		Tokens: f.Texts("grants", 0, maxAdd, maxGrantText),
	}
	return d.locked("snapshot", func(ctx context.Context) (any, error) {
		if err := d.demandGateway(); err != nil {
			return nil, err
		}
		tokens, complete, err := d.assembly.Add(part)
		if err != nil {
			return nil, err
		}
		if !complete {
			return grantsAnswer{Complete: &complete}, nil
		}
		return d.replaceGrants(ctx, tokens, part.Hash)
	})
}

func (d *Daemon) replaceGrants(ctx context.Context, tokens []string, hash string) (any, error) {
	if d.effective == nil {
		return nil, fault.New(fault.Conflict, "snapshot", "no config yet; send config first")
	}
	named := []lease.Named{}
	for _, token := range tokens {
		if jti, expiresAt, ok := trust.Peek(token); ok {
			named = append(named, lease.Named{JTI: jti, ExpiresAt: expiresAt})
		}
	}
	if lease.Hash(named) != hash {
		return nil, fault.New(fault.Conflict, "snapshot.hash", "the grants do not give this hash")
	}
	candidates, rejected := d.verify(tokens)
	change, rejections := d.book.Replace(candidates.grants, d.moment(d.options.Clock()))
	rejected = append(rejected, candidates.rejected(rejections)...)
	result, err := d.commit(ctx, change)
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "snapshot", err)
	}
	d.snapshot = true
	d.options.Log.Info("grants replaced", "grants", d.book.Size(), "removed", len(change.Remove),
		"rejected", len(rejected), "kernelAtMs", result.KernelAtMs)
	complete := true
	return answerGrants(grantsAnswer{Complete: &complete, KernelAtMs: result.KernelAtMs, Rejected: rejected})
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
const reanchorAbove = 1_000_000_000 // 1 s in ns

func (d *Daemon) takeLeases(ctx context.Context, token string) (any, error) {
	list, err := d.keyring.Leases(token)
	if err != nil {
		return nil, err
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
	return leasesAnswer{KernelAtMs: result.KernelAtMs, Renewed: count.Renewed, Unknown: count.Unknown}, nil
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
