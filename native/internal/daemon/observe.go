package daemon

import (
	"context"
	"net/netip"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/lease"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/strict"
	"sallyport.dev/netd/internal/trust"
)

// observed is the answer of the verb `observe`. Lists are never null.
type observed struct {
	Kind          string              `json:"kind"` // trust.RoleDevice, trust.RoleGateway or "none"
	WireGuard     string              `json:"wireguard"`
	ConfigVersion int64               `json:"configVersion"`
	Blocked       bool                `json:"blocked"`
	Guard         ports.GuardObserved `json:"guard"`
	Link          *ports.LinkObserved `json:"link"`
	Routes        []netip.Prefix      `json:"routes"`
	Peers         []observedPeer      `json:"peers"`
	Grants        []observedGrant     `json:"grants"`
	GrantsHash    string              `json:"grantsHash"`
	Counters      map[string]uint64   `json:"counters"`
	Findings      []ports.Finding     `json:"findings"`
}

type observedPeer struct {
	PublicKey           string         `json:"publicKey"`
	Endpoint            string         `json:"endpoint"`
	HandshakeAgeSeconds *float64       `json:"handshakeAgeSeconds"`
	RxBytes             int64          `json:"rxBytes"`
	TxBytes             int64          `json:"txBytes"`
	AllowedIPs          []netip.Prefix `json:"allowedIps"`
}

type observedGrant struct {
	JTI         string `json:"jti"`
	ExpiresAt   int64  `json:"exp"` // seconds since epoch
	ExpiresInMs int64  `json:"expiresInMs"`
	LiveMs      int64  `json:"liveMs"` // 0: silent
}

type observeAnswer struct {
	Observed observed `json:"observed"`
}

func (d *Daemon) parseObserve(*strict.Fields) ipc.Call {
	return func(ctx context.Context, _ *ipc.Conn) (any, error) {
		seen, held, now := d.glance()
		var err error
		switch seen.Kind {
		case trust.RoleDevice:
			err = d.observeDevice(ctx, &seen)
		case trust.RoleGateway:
			err = d.observeGateway(ctx, &seen, held, now)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Kernel, "observe", err)
		}
		fillLists(&seen)
		return observeAnswer{Observed: seen}, nil
	}
}

// glance takes what the daemon itself knows, so that the kernel is read without the mutex.
func (d *Daemon) glance() (observed, []lease.Held, lease.Moment) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	seen := observed{Kind: "none", WireGuard: d.options.Abilities.WireGuard, Blocked: d.blocked}
	if identity, ok := d.keyring.Identity(); ok {
		seen.Kind = identity.Role
	}
	if d.effective != nil {
		seen.ConfigVersion = d.effective.Version
	}
	now := d.moment(d.options.Clock())
	return seen, d.book.Held(now), now
}

func (d *Daemon) observeDevice(ctx context.Context, seen *observed) error {
	device, err := d.device.Observe(ctx)
	if err != nil {
		return err
	}
	seen.Guard, seen.Link, seen.Routes = device.Guard, device.Link, device.Routes
	seen.Peers, seen.Counters = describePeers(device.Peers), device.Counters
	seen.Findings = append(device.Findings, d.names.Findings()...)
	return nil
}

func (d *Daemon) observeGateway(
	ctx context.Context, seen *observed, held []lease.Held, now lease.Moment,
) error {
	gateway, err := d.gateway.Observe(ctx)
	if err != nil {
		return err
	}
	seen.Guard, seen.Link, seen.Routes = gateway.Guard, gateway.Link, gateway.Routes
	seen.Peers, seen.Counters = describePeers(gateway.Peers), gateway.Counters
	seen.Findings = gateway.Findings
	named := []lease.Named{}
	for _, one := range held {
		named = append(named, lease.Named{JTI: one.Grant.JTI, ExpiresAt: one.Grant.ExpiresAt})
		left := time.Duration(one.Grant.ExpiresAt)*time.Second - now.Controller
		seen.Grants = append(seen.Grants, observedGrant{
			JTI:         one.Grant.JTI,
			ExpiresAt:   one.Grant.ExpiresAt,
			ExpiresInMs: max(left, 0).Milliseconds(),
			LiveMs:      liveOf(one, gateway.Live).Milliseconds(),
		})
	}
	seen.GrantsHash = lease.Hash(named)
	return nil
}

// liveOf is the kernel's word: the shortest time left of the addresses of a grant.
func liveOf(held lease.Held, live map[netip.Addr]time.Duration) time.Duration {
	shortest := time.Duration(-1)
	for _, address := range held.Grant.Addresses {
		left := live[address.Addr()]
		if shortest < 0 || left < shortest {
			shortest = left
		}
	}
	return max(shortest, 0)
}

func describePeers(peers []ports.PeerObserved) []observedPeer {
	described := []observedPeer{}
	for _, peer := range peers {
		described = append(described, observedPeer{
			PublicKey:           peer.PublicKey.String(),
			Endpoint:            peer.Endpoint,
			HandshakeAgeSeconds: peer.HandshakeAgeSeconds,
			RxBytes:             peer.RxBytes,
			TxBytes:             peer.TxBytes,
			AllowedIPs:          append([]netip.Prefix{}, peer.AllowedIPs...),
		})
	}
	return described
}

func fillLists(seen *observed) {
	if seen.Routes == nil {
		seen.Routes = []netip.Prefix{}
	}
	if seen.Peers == nil {
		seen.Peers = []observedPeer{}
	}
	if seen.Grants == nil {
		seen.Grants = []observedGrant{}
	}
	if seen.Findings == nil {
		seen.Findings = []ports.Finding{}
	}
	if seen.Counters == nil {
		seen.Counters = map[string]uint64{}
	}
}
