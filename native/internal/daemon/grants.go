package daemon

import (
	"context"
	"crypto/sha256"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/object"
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

// onlyRemoves tells of a request for grants that it opens nothing.
func onlyRemoves(f *strict.Fields) bool { return len(f.Texts("add", 0, maxAdd, maxGrantText)) == 0 }

func (d *Daemon) demandGateway() error {
	if !d.isGateway() {
		return fault.New(fault.Unsupported, "grants", "this machine is no gateway")
	}
	return nil
}

func (d *Daemon) changeGrants(ctx context.Context, add, remove []string) (any, error) {
	// Before the first snapshot the kernel may hold what an earlier netd left, unknown to the book.
	if len(remove) > 0 && !d.snapshot {
		if _, err := d.gateway.EmptyLive(ctx); err != nil {
			return nil, fault.Wrap(fault.Kernel, "grants", err)
		}
		d.book.Silence(false)
	}
	chosen := sortOut(d.checkWhileUnlocked(add))
	change, rejections := d.book.Apply(chosen.candidates, remove, d.moment(d.options.Clock()))
	result, err := d.commit(ctx, change)
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "grants", err)
	}
	answer := grantsAnswer{KernelAtMs: result.KernelAtMs, Rejected: chosen.rejected(rejections)}
	d.options.Log.Info("grants changed", "added", len(change.Upsert), "removed", len(change.Remove),
		"rejected", len(answer.Rejected), "kernelAtMs", result.KernelAtMs)
	return answerGrants(answer)
}

func answerGrants(answer grantsAnswer) (any, error) {
	if len(answer.Rejected) == 0 {
		return answer, nil
	}
	first := answer.Rejected[0]
	return nil, &ipc.Partial{Fault: fault.New(first.Code, first.At, "%s", first.Detail),
		Answer: answer}
}

// checkedGrant is a token that was looked at: a candidate, or the reason why it is none.
type checkedGrant struct {
	candidate lease.Candidate
	named     lease.Named // what the token says of itself, for comparing listings
	problem   *fault.Fault
}

// checkWhileUnlocked opens every token; the refused ones are named and change nothing. The caller holds
// the mutex, which is free while it works, since a thousand signatures, or the flows of who had an
// address before, take longer than a removal may wait; what changed meanwhile in keys or config makes
// it begin again, and not let go the second time.
func (d *Daemon) checkWhileUnlocked(tokens []string) []checkedGrant {
	before, keyring, effective := d.changes, d.keyring, d.effective
	d.mutex.Unlock()
	checked := checkAll(tokens, &keyring, effective)
	d.settle(checked)
	d.mutex.Lock()
	if d.changes != before {
		checked = checkAll(tokens, &d.keyring, d.effective)
	}
	for _, one := range checked {
		if one.problem == nil {
			d.witness(one.candidate.Grant.IssuedAt * 1_000_000)
		}
	}
	return checked
}

// settle lets the gateway be rid of what former holders of the grants' addresses left.
func (d *Daemon) settle(checked []checkedGrant) {
	gateway, able := d.gateway.(ports.Settler)
	if !able {
		return
	}
	addresses := []netip.Prefix{}
	for _, one := range checked {
		if one.problem == nil {
			addresses = append(addresses, one.candidate.Grant.Addresses...)
		}
	}
	if len(addresses) > 0 {
		gateway.Settle(addresses)
	}
}

// checkAll works on all processors.
func checkAll(tokens []string, keyring *trust.Keyring, effective *object.Config) []checkedGrant {
	checked := make([]checkedGrant, len(tokens))
	var (
		next    atomic.Int64
		workers sync.WaitGroup
	)
	for range min(runtime.GOMAXPROCS(0), len(tokens)) {
		workers.Go(func() {
			for index := next.Add(1) - 1; index < int64(len(tokens)); index = next.Add(1) - 1 {
				checked[index] = checkOne(tokens[index], keyring, effective)
			}
		})
	}
	workers.Wait()
	return checked
}

func checkOne(token string, keyring *trust.Keyring, effective *object.Config) checkedGrant {
	grant, err := keyring.Grant(token)
	if err == nil {
		err = insidePools(grant, effective)
	}
	if err != nil {
		jti, expiresAt := trust.Peek(token)
		return checkedGrant{
			named: lease.Named{JTI: jti, ExpiresAt: expiresAt}, problem: fault.From(err)}
	}
	return checkedGrant{
		named: lease.Named{JTI: grant.JTI, ExpiresAt: grant.ExpiresAt},
		candidate: lease.Candidate{
			Grant: grant, Digest: sha256.Sum256([]byte(token)), Kid: trust.Kid(token)},
	}
}

// choice is what is left of checked grants: candidates with their places, and refusals.
type choice struct {
	candidates []lease.Candidate
	places     []int
	refused    []rejectedGrant
}

func sortOut(checked []checkedGrant) choice {
	chosen := choice{
		candidates: make([]lease.Candidate, 0, len(checked)), places: make([]int, 0, len(checked)),
	}
	for index, one := range checked {
		if one.problem != nil {
			chosen.refused = append(chosen.refused, describeRejection(index, one.named.JTI, one.problem))
			continue
		}
		chosen.candidates = append(chosen.candidates, one.candidate)
		chosen.places = append(chosen.places, index)
	}
	return chosen
}

// rejected joins the refusals of the verification with those of the book.
func (c choice) rejected(rejections []lease.Rejection) []rejectedGrant {
	rejected := c.refused
	for _, rejection := range rejections {
		place := c.places[rejection.Index]
		rejected = append(rejected, describeRejection(place, rejection.JTI, rejection.Fault))
	}
	return rejected
}

func describeRejection(index int, jti string, problem *fault.Fault) rejectedGrant {
	return rejectedGrant{Index: index, JTI: jti, Code: problem.Code, At: problem.At,
		Detail: problem.Detail}
}
