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
	last time.Time
	lost bool
}

// FollowHandshakes reports `handshake` when a peer answers after silence and `handshakeLost` when
// its session is over, until the context ends. Renewals of a living session are not reported.
func (d *Device) FollowHandshakes(ctx context.Context) {
	ticker := time.NewTicker(handshakePoll)
	defer ticker.Stop()
	contacts := map[object.Key]contact{}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			state, connected := d.read()
			if !connected {
				continue
			}
			for _, event := range follow(contacts, state, now) {
				d.emit(event)
			}
		}
	}
}

func (d *Device) read() (wg.State, bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if d.link == nil {
		return wg.State{}, false
	}
	state, err := d.link.Read()
	return state, err == nil
}

// follow takes a reading into the contacts and answers the events it makes.
func follow(contacts map[object.Key]contact, state wg.State, now time.Time) []ports.Event {
	events := []ports.Event{}
	tell := func(name string, key object.Key) {
		events = append(events, ports.Event{Name: name, Fields: map[string]any{"peer": key.String()}})
	}
	for key, peer := range state.Peers {
		if peer.LastHandshake.IsZero() {
			continue
		}
		alive := now.Sub(peer.LastHandshake) < sessionLifetime
		before, known := contacts[key]
		switch {
		case alive && (!known || before.lost):
			tell("handshake", key)
		case !alive && known && !before.lost:
			tell("handshakeLost", key)
		}
		contacts[key] = contact{last: peer.LastHandshake, lost: !alive}
	}
	for key := range contacts {
		if _, configured := state.Peers[key]; !configured {
			delete(contacts, key)
		}
	}
	return events
}
