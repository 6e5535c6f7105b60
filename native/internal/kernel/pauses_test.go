//go:build linux

package kernel

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/kernel/watch"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
)

func TestWhatOthersDoDuringAPauseIsTold(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	told, rests := make(chan watch.Ruleset, 1000), watch.Pauses{}
	go func() {
		if err := watch.Nftables(ctx, &rests, func(seen watch.Ruleset) { told <- seen }); err != nil {
			t.Error(err)
		}
	}()
	foreign := func() {
		nstest.Run(t, "nft", "add", "table", "inet", "someone")
		nstest.Run(t, "nft", "delete", "table", "inet", "someone")
	}
	next := func() watch.Ruleset {
		select {
		case seen := <-told:
			return seen
		case <-time.After(patience):
			t.Fatal("nothing was told")
			return watch.Ruleset{}
		}
	}
	quiet := func() {
		for {
			select {
			case <-told:
			case <-time.After(200 * time.Millisecond):
				return
			}
		}
	}
	// The subscription stands once it reports something.
	for subscribed := false; !subscribed; {
		foreign()
		select {
		case <-told:
			subscribed = true
		case <-time.After(20 * time.Millisecond):
		}
	}
	quiet()
	resume := rests.Pause()
	foreign()
	select {
	case seen := <-told:
		t.Errorf("told during the pause: %+v", seen)
	case <-time.After(100 * time.Millisecond):
	}
	resume()
	if seen := next(); !seen.Overrun {
		t.Errorf("told after the pause: %+v", seen)
	}
	foreign()
	if seen := next(); !seen.Foreign {
		t.Errorf("told of a change after the pause: %+v", seen)
	}
}

func TestAGatewayThatWroteThousandsStillNoticesDamage(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	const devices = 2_000
	l := newLab(t)
	gateway, events := watched(t, NewGateway)
	rests := 0
	pause := gateway.Pause
	gateway.Pause = func() func() {
		rests++
		return pause()
	}
	ctx := context.Background()
	mustApply(t, "gateway", gateway.Configure(ctx, ports.GatewayDesired{
		Gateway: l.gatewayConfig, PrivateKey: l.gatewayKey.private,
	}))
	change := ports.Change{Replace: true}
	for index := range devices {
		grant := l.grant("res_git")
		grant.JTI = fmt.Sprintf("jti_%d", index)
		grant.PublicKey = object.Key{byte(index), byte(index >> 8), 1}
		grant.Addresses = []netip.Prefix{
			netip.MustParsePrefix(fmt.Sprintf("100.96.%d.%d/32", 1+index/250, 1+index%250)),
			netip.MustParsePrefix(fmt.Sprintf("fd96::%x/128", 256+index)),
		}
		change.Upsert = append(change.Upsert, upsert(grant, lasting, time.Hour).Upsert...)
	}
	if _, err := gateway.Commit(ctx, change); err != nil {
		t.Fatal(err)
	}
	if rests != 1 {
		t.Errorf("%d pauses", rests)
	}
	nstest.Run(t, "nft", "flush", "ruleset")
	for event := await(t, events, "tampered"); !tells(event, "nft"); {
		event = await(t, events, "tampered")
	}
	observed, err := gateway.Observe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(observed.Live) != 2*devices || !observed.Guard.Table {
		t.Errorf("after the repair: %d live, table %v", len(observed.Live), observed.Guard.Table)
	}
	if _, err := gateway.Commit(ctx, ports.Change{Remove: []ports.GrantState{{Grant: change.Upsert[0].Grant}}}); err != nil {
		t.Fatal(err)
	}
	if rests != 1 {
		t.Errorf("a single removal made a pause")
	}
}
