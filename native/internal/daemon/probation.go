package daemon

import (
	"context"
	"time"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
)

// probationTime is how long a device waits for its control link after a config before going back.
const probationTime = 30 * time.Second

// probation is a config of a device whose effect on the control link is not known yet.
//
//	running --link up--> confirmed
//	   '-----link down--> running with a deadline --link up--> confirmed
//	                               '------deadline--> returned
type probation struct {
	running  bool
	version  int64
	deadline time.Duration // monotonic; 0 while nobody said that the link is down
}

// noteLink takes the agent's word about its control link. It can confirm a signed config or start
// the return to the former one, and it allows the signed tolerance of grants; it opens nothing.
func (d *Daemon) noteLink(up bool) error {
	d.linkUp = up
	if !d.probation.running {
		return nil
	}
	if !up {
		if d.probation.deadline == 0 {
			d.probation.deadline = d.options.Clock().Monotonic + probationTime
		}
		return nil
	}
	d.probation, d.former, d.confirmed = probation{}, nil, true
	if err := d.writeConfig(store.Record{Current: d.newest.token, Confirmed: true}); err != nil {
		return err
	}
	d.options.Log.Info("config confirmed", "version", d.newest.config.Version)
	return nil
}

// endProbation returns to the former config once the deadline is over; the return opens nothing that
// the newer config had closed. Without a former config everything is narrowed.
func (d *Daemon) endProbation(ctx context.Context, now clock.Reading) {
	if !d.probation.running || d.probation.deadline == 0 || now.Monotonic < d.probation.deadline {
		return
	}
	from, to := d.probation.version, int64(0)
	d.probation = probation{}
	if d.former == nil || d.former.config.Tunnel == nil {
		d.logOutcome("narrowed", d.device.Narrow(ctx), "reason", "no control link")
	} else {
		to = d.former.config.Version
		narrowed := narrowedBy(*d.former.config.Tunnel, *d.newest.config.Tunnel)
		d.apply(ctx, object.Config{Envelope: d.former.config.Envelope, Tunnel: &narrowed})
	}
	d.broadcast(ports.ConfigReturned, map[string]any{"from": from, "to": to})
}
