//go:build linux

// Package kernel joins what the daemon asks for with the parts that do it on Linux.
package kernel

import (
	"context"
	"log/slog"
	"time"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/kernel/watch"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

// pauses is one for the whole process, as the kernel tells every element as long as anybody listens.
var pauses watch.Pauses

// NewDevice changes nothing; it adopts what a former process left at the first Apply. From then on
// it repairs what others damage, until the process ends.
func NewDevice(emit ports.Emit, log *slog.Logger) *guard.Device {
	device := guard.New(emit, log)
	moved := trigger(func() {
		if err := device.Bump(context.Background()); err != nil {
			log.Warn("re-bind failed", "why", err.Error())
		}
	})
	watched := func(event ports.Event) {
		if event.Name == ports.AddressChanged {
			moved()
		}
		emit(event)
	}
	keepRepaired(device.Repair, watch.Listener{Link: guard.LinkName, Emit: watched}, log)
	go device.FollowPeers(context.Background())
	go device.FollowResolvers(context.Background())
	return device
}

// NewGateway changes nothing; it adopts what a former process left at the first Configure. From
// then on it repairs what others damage, until the process ends.
func NewGateway(emit ports.Emit, log *slog.Logger) *filter.Gateway {
	gateway := filter.New(emit, log)
	gateway.Pause = pauses.Pause
	keepRepaired(gateway.Repair,
		watch.Listener{Link: filter.LinkName, Emit: emit, Route: gateway.NoteRoute}, log)
	go gateway.FollowDenied(context.Background())
	go gateway.FollowInside(context.Background())
	return gateway
}

// Probe finds out what this machine can do.
func Probe() ports.Abilities {
	_, nftErr := nft.Path()
	return ports.Abilities{WireGuard: wg.Probe(), Nft: nftErr == nil, IPv6: route.HasIPv6()}
}

// WatchFirewall calls changed once per transaction of others on nftables ("nftables") and when
// messages were lost ("overrun"). It blocks until the context ends.
func WatchFirewall(ctx context.Context, changed func(reason string)) error {
	return watch.Nftables(ctx, &pauses, func(ruleset watch.Ruleset) {
		switch {
		case ruleset.Overrun:
			changed("overrun")
		case ruleset.Foreign:
			changed("nftables")
		}
	})
}

func keepRepaired(repair func(context.Context), listener watch.Listener, log *slog.Logger) {
	ctx := context.Background()
	damaged := trigger(func() { repair(ctx) })
	listener.Own = damaged
	start := func(name string, run func() error) {
		go func() {
			if err := run(); err != nil {
				log.Error("cannot watch the kernel", "watch", name, "why", err.Error())
			}
		}()
	}
	start("nftables", func() error {
		return watch.Nftables(ctx, &pauses, func(ruleset watch.Ruleset) {
			if ruleset.Own || ruleset.Overrun {
				damaged()
			}
		})
	})
	start("network", func() error { return watch.Network(ctx, listener) })
}

// Whoever damages as fast as we repair must not take the whole processor for it.
const (
	repairsAtOnce = 20
	repairEvery   = 200 * time.Millisecond
)

// trigger runs do in a goroutine of its own, once for all calls that come while it waits or runs
// before the last of them; after repairsAtOnce runs it waits repairEvery before each further one.
func trigger(do func()) func() {
	pending := make(chan struct{}, 1)
	go func() {
		tokens, since := float64(repairsAtOnce), time.Now()
		for range pending {
			now := time.Now()
			tokens = min(repairsAtOnce, tokens+float64(now.Sub(since))/float64(repairEvery))
			since = now
			if tokens < 1 {
				time.Sleep(repairEvery)
			}
			tokens--
			do()
		}
	}()
	return func() {
		select {
		case pending <- struct{}{}:
		default:
		}
	}
}
