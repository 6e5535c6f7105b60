package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"sallyport.dev/netd/internal/absent"
	"sallyport.dev/netd/internal/adapter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/names"
	"sallyport.dev/netd/internal/nrpt"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wfp"
)

// tunnel is what this Windows offers for one, or why it does not.
type tunnel struct {
	adapter *adapter.Adapter
	engine  *wfp.System
	program string
	why     string // there is none
}

// findTunnel tries the driver and the filter engine once, so that nobody believes in a tunnel that
// cannot be.
func findTunnel() tunnel {
	t := tunnel{adapter: adapter.New(guard.LinkName), engine: &wfp.System{}}
	standing, engineErr := t.engine.Keys()
	if err := t.try(engineErr); err != nil {
		// What the system says of itself ends like a sentence.
		t.why = strings.TrimRight(err.Error(), ".")
		if len(standing) > 0 {
			t.why += ", and the guard of a former tunnel keeps protected networks closed"
		}
		// An engine that does not answer has nothing to close.
		_ = t.engine.Close()
	}
	return t
}

func (t *tunnel) try(engineErr error) error {
	if err := adapter.FindLibrary(); err != nil {
		return err
	}
	if engineErr != nil {
		return fmt.Errorf("the filter of this system: %w", engineErr)
	}
	own, err := wfp.OwnProgram()
	if err != nil {
		return fmt.Errorf("the filter of this system: %w", err)
	}
	t.program = own
	return t.adapter.Try()
}

// abilities are what the agent is told.
func (t *tunnel) abilities() ports.Abilities {
	if t.why != "" {
		return ports.Abilities{WireGuard: "none", Why: t.why}
	}
	return ports.Abilities{WireGuard: "userspace", IPv6: true}
}

// attach gives netd its kernel side and answers what has to run beside it. The guard of a former run is
// taken up before anybody is heard.
func (t *tunnel) attach(
	ctx context.Context, n netd, log *slog.Logger,
) []func(context.Context) error {
	if t.why != "" {
		n.core.Attach(without{engine: t.engine}, absent.Gateway{}, withoutNames{})
		return nil
	}
	device := t.open(n.core.Emit, log)
	served := names.New(names.Options{
		Link: guard.LinkName, Device: device, Gateway: absent.Gateway{}, Emit: n.core.Emit, Log: log,
		System: nrpt.New(t.adapter.Resolvers, log), Stub: []netip.Addr{nrpt.Stub},
	})
	n.core.Attach(device, absent.Gateway{}, served)
	n.core.Adopt(ctx)
	return []func(context.Context) error{
		func(ctx context.Context) error { return t.follow(ctx, device, n.core.Emit, log) },
		func(ctx context.Context) error { served.Keep(ctx); return nil },
	}
}

// say tells the log what this machine can do.
func (t *tunnel) say(log *slog.Logger, fields ...any) {
	if t.why != "" {
		log.Info("netd runs, posture only", append(fields, "why", t.why)...)
		return
	}
	log.Info("netd runs, with a tunnel by wintun", fields...)
}

// open answers the device, which has done nothing yet.
func (t *tunnel) open(emit ports.Emit, log *slog.Logger) *guard.Wintun {
	return guard.NewWintun(guard.WintunOptions{Engine: t.engine, Adapter: t.adapter, Network: t.adapter,
		Program: t.program, Emit: emit, Log: log})
}

// follow keeps the device up with what happens around it until the context ends.
func (t *tunnel) follow(
	ctx context.Context, device *guard.Wintun, emit ports.Emit, log *slog.Logger,
) error {
	stop, err := t.adapter.FollowAddresses(func() {
		if err := device.Bump(ctx); err != nil {
			log.Warn("re-bind failed", "why", err.Error())
		}
		emit(ports.Event{Name: ports.AddressChanged})
	})
	if err != nil {
		return err
	}
	err = runAll(ctx,
		func(ctx context.Context) error { device.FollowGuard(ctx); return nil },
		func(ctx context.Context) error { device.FollowPeers(ctx); return nil },
		func(ctx context.Context) error { device.FollowResolvers(ctx); return nil },
	)
	return errors.Join(err, stop())
}

// without is the device of a machine that has no tunnel, or has none any more: leaving takes away the
// guard of a former one.
type without struct {
	absent.Device
	engine wfp.Engine
}

// Leave implements ports.Device.
func (w without) Leave(context.Context) error { return removeGuard(w.engine) }

// withoutNames are the names of such a machine: leaving takes away the rules of a former tunnel.
type withoutNames struct{ absent.Names }

// Leave implements ports.Names.
func (withoutNames) Leave(context.Context) error { return nrpt.Remove() }

// removeGuard does nothing on a system that has no filter engine, so no filter of ours either.
func removeGuard(engine wfp.Engine) error {
	if err := wfp.Remove(engine); !errors.Is(err, wfp.ErrNoEngine) {
		return err
	}
	return nil
}
