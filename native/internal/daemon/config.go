package daemon

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/ceiling"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
)

type configAnswer struct {
	Version int64        `json:"version"`
	Steps   []ports.Step `json:"steps"`
}

// takeConfig verifies a config and makes it so. What closes is applied before it is written to
// disk, what opens afterwards.
func (d *Daemon) takeConfig(ctx context.Context, token string) (any, error) {
	config, err := d.keyring.Config(token)
	if err != nil {
		return nil, err
	}
	if err := d.checkCeilings(config); err != nil {
		return nil, err
	}
	if err := d.checkVersion(token, config); err != nil {
		return nil, err
	}
	if d.privateKey.IsZero() {
		return nil, fault.New(fault.Conflict, "config", "no WireGuard key yet; send key first")
	}
	d.witness(config.IssuedAtMicros)
	next := held{token: token, config: config}
	if token == d.newest.token {
		d.probation = probation{running: !d.confirmed, version: config.Version}
		return d.apply(ctx, config), nil
	}
	if d.effective != nil && !opens(*d.effective, config) {
		answer := d.apply(ctx, config)
		return answer, d.keep(next)
	}
	if err := d.keep(next); err != nil {
		return d.closeWithoutDisk(ctx, config), err
	}
	return d.apply(ctx, config), nil
}

func (d *Daemon) checkCeilings(config object.Config) error {
	ceilings := d.keyring.Pin().Ceilings
	if config.Tunnel != nil {
		return ceiling.Tunnel(*config.Tunnel, ceilings)
	}
	return ceiling.Gateway(*config.Gateway, ceilings)
}

func (d *Daemon) checkVersion(token string, config object.Config) error {
	floor := d.newest.config.Version
	if config.Version > floor || token == d.newest.token {
		return nil
	}
	return fault.New(fault.Conflict, "config.version", "not above version %d", floor)
}

// keep writes the config down; the former one stays beside it until the link is known to work.
func (d *Daemon) keep(next held) error {
	record := store.Record{Current: next.token, Confirmed: next.config.Gateway != nil}
	former := d.former
	if former == nil && d.newest.token != "" {
		former = &held{token: d.newest.token, config: d.newest.config}
	}
	if former != nil && !record.Confirmed {
		record.Former = former.token
	}
	if err := d.writeConfig(record); err != nil {
		return err
	}
	d.newest, d.former, d.confirmed = next, nil, record.Confirmed
	if !d.confirmed {
		d.former = former
	}
	d.probation = probation{running: !d.confirmed, version: next.config.Version}
	return nil
}

// closeWithoutDisk takes what a config closes and nothing that it opens, since a config that is
// not on disk could be replaced by an older one after a crash.
func (d *Daemon) closeWithoutDisk(ctx context.Context, config object.Config) any {
	if config.Tunnel == nil || d.effective == nil {
		return nil
	}
	narrowed := narrowedBy(*d.effective.Tunnel, *config.Tunnel)
	return d.apply(ctx, object.Config{Envelope: d.effective.Envelope, Tunnel: &narrowed})
}

// apply makes a verified config so; it also ends a narrowing of a device.
func (d *Daemon) apply(ctx context.Context, config object.Config) any {
	started := d.options.Clock()
	var steps []ports.Step
	if config.Tunnel != nil {
		if d.grantsEnded(*config.Tunnel, started) {
			ended := withoutRoutes(*config.Tunnel)
			config.Tunnel = &ended
		}
		d.blocked = false
		steps = d.device.Apply(ctx, ports.DeviceDesired{Tunnel: *config.Tunnel,
			PrivateKey: d.privateKey})
		steps = append(steps, namesStep(d.names.ServeDevice(ctx, *config.Tunnel,
			d.keyring.Pin().Ceilings.AllowedPrefixes)))
		d.effective = &config
		d.changes++
	} else {
		steps = d.applyGateway(ctx, config)
	}
	d.options.Log.Info("config applied", "version", config.Version, "failed", failedSteps(steps),
		"tookMs", d.options.Clock().MonotonicMs()-started.MonotonicMs())
	return configAnswer{Version: config.Version, Steps: steps}
}

func (d *Daemon) applyGateway(ctx context.Context, config object.Config) []ports.Step {
	d.leaveResolvers(ctx, config.Gateway.Resolvers)
	steps := d.gateway.Configure(ctx,
		ports.GatewayDesired{Gateway: *config.Gateway, PrivateKey: d.privateKey})
	if len(failedSteps(steps)) > 0 {
		return steps
	}
	d.effective = &config
	d.book.LimitStaleness(time.Duration(config.Gateway.MaxStaleSeconds) * time.Second)
	d.changes++
	return append(steps, namesStep(d.names.ServeGateway(ctx, *config.Gateway,
		d.keyring.Pin().Ceilings.ServedPrefixes)))
}

// leaveResolvers asks only those that the next config knows too: it takes away what keeps questions to
// the others off the way outside.
func (d *Daemon) leaveResolvers(ctx context.Context, next []netip.Addr) {
	if d.effective == nil || d.effective.Gateway == nil {
		return
	}
	kept := *d.effective.Gateway
	kept.Resolvers = slices.DeleteFunc(slices.Clone(kept.Resolvers), func(resolver netip.Addr) bool {
		return !slices.Contains(next, resolver)
	})
	if len(kept.Resolvers) < len(d.effective.Gateway.Resolvers) {
		d.logOutcome("resolvers left",
			d.names.ServeGateway(ctx, kept, d.keyring.Pin().Ceilings.ServedPrefixes))
	}
}

func namesStep(err error) ports.Step {
	if err != nil {
		return ports.Step{Name: "names", Result: ports.StepFailed, Detail: err.Error()}
	}
	return ports.Step{Name: "names", Result: ports.StepOK}
}

func failedSteps(steps []ports.Step) []string {
	failed := []string{}
	for _, step := range steps {
		if step.Result == ports.StepFailed {
			failed = append(failed, step.Name)
		}
	}
	return failed
}

// writeConfig keeps the record, twice on a device: its guard stands on it at the next boot.
func (d *Daemon) writeConfig(record store.Record) error {
	raw, err := record.Bytes()
	if err == nil {
		err = d.writeWhileUnlocked(store.ConfigFile, raw)
	}
	if err == nil && !d.isGateway() {
		err = d.options.Store.Write(store.ConfigCopyFile, raw)
	}
	if err != nil {
		return fault.Wrap(fault.Kernel, "store", err)
	}
	return nil
}
