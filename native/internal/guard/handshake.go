package guard

import (
	"context"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

const (
	handshakePoll = time.Second
	// WireGuard rejects a session 180 s after its handshake.
	sessionLifetime = 180 * time.Second
)

// contact is what is known of the handshakes with one peer.
type contact struct {
	lost    bool
	rxBytes int64 // when it was lost: more of them end the loss
}

// FollowPeers reads the peers every second until the context ends. It reports `handshake` when a
// peer answers after silence and `handshakeLost` when its session is over or nothing answers what is
// sent to it (renewals of a living session are not reported), and moves the routes of a site away
// from a silent peer.
func (d *device) FollowPeers(ctx context.Context) {
	contacts := map[object.Key]contact{}
	choice := newFailover()
	every(ctx, handshakePoll, func(now time.Time) {
		for _, event := range d.look(contacts, choice, now) {
			d.emit(event)
		}
	})
}

func (d *device) look(
	contacts map[object.Key]contact, choice *failover, now time.Time,
) []ports.Event {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.link == nil || d.plan == nil {
		return nil
	}
	state, err := d.link.Read()
	if err != nil {
		d.log.Warn("peers cannot be read", "why", err.Error())
		return nil
	}
	choice.listen(state, now)
	events := follow(contacts, state, now, choice.silent)
	sites := d.desired.Tunnel.Sites
	redials := choice.redial(sites, d.use, state, now)
	for key, next := range redials {
		d.use.dialled[key] = next
		d.log.Info("peer dialled elsewhere", "peer", key.String(), "endpoint", next)
	}
	moves := choice.step(sites, d.use.active, state, now)
	for _, site := range sites {
		if next, moved := moves[site.Site]; moved {
			d.use.active[site.Site] = next
			events = append(events, ports.Event{Name: ports.Failover, Fields: map[string]any{
				"site": site.Site, "peer": site.Peers[next].Gateway,
			}})
		}
	}
	if len(moves)+len(redials) > 0 {
		next := newPlan(d.desired, d.use, d.names)
		d.plan = &next
		if err := d.link.Reconcile(next.peers); err != nil {
			d.log.Error("peers were not moved", "why", err.Error())
		}
	}
	return events
}

// follow takes a reading into the contacts and answers the events it makes.
func follow(
	contacts map[object.Key]contact, state wg.State, now time.Time,
	silent func(object.Key, wg.PeerState, time.Time) bool,
) []ports.Event {
	events := []ports.Event{}
	tell := func(name string, key object.Key, peer wg.PeerState) {
		events = append(events, ports.Event{Name: name, Fields: map[string]any{
			"peer": key.String(), "endpoint": peer.Endpoint.String(),
		}})
	}
	for key, peer := range state.Peers {
		mute := silent(key, peer, now)
		if peer.LastHandshake.IsZero() && !mute {
			continue
		}
		before, known := contacts[key]
		heard := !before.lost || peer.RxBytes != before.rxBytes
		alive := now.Sub(peer.LastHandshake) < sessionLifetime && !mute && heard
		switch {
		case alive && (!known || before.lost):
			tell(ports.Handshake, key, peer)
		case !alive && !before.lost && (known || mute):
			tell(ports.HandshakeLost, key, peer)
		}
		contacts[key] = contact{lost: !alive, rxBytes: peer.RxBytes}
	}
	for key := range contacts {
		if _, configured := state.Peers[key]; !configured {
			delete(contacts, key)
		}
	}
	return events
}
