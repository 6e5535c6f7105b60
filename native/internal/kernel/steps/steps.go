// Package steps runs the parts of making a desired state so, in order, and keeps what each came to.
package steps

import (
	"log/slog"

	"sallyport.dev/netd/internal/ports"
)

// Run collects results; after a failure it still does what closes, but nothing that opens.
type Run struct {
	log    *slog.Logger
	steps  []ports.Step
	failed bool
}

// New begins a run.
func New(log *slog.Logger) *Run { return &Run{log: log} }

// Closing does a part that can only close: it runs whatever failed before it.
func (r *Run) Closing(name string, do func() error) { r.run(name, do) }

// Opening does a part only when everything before it succeeded.
func (r *Run) Opening(name string, do func() error) {
	if r.failed {
		r.steps = append(r.steps, ports.Step{Name: name, Result: ports.StepSkipped})
		return
	}
	r.run(name, do)
}

func (r *Run) run(name string, do func() error) {
	if err := do(); err != nil {
		r.failed = true
		r.log.Error("step failed", "step", name, "why", err.Error())
		r.steps = append(r.steps, ports.Step{
			Name: name, Result: ports.StepFailed, Detail: err.Error(),
		})
		return
	}
	r.steps = append(r.steps, ports.Step{Name: name, Result: ports.StepOK})
}

// Failed tells whether any part failed so far.
func (r *Run) Failed() bool { return r.failed }

// Steps gives the results in order.
func (r *Run) Steps() []ports.Step { return r.steps }
