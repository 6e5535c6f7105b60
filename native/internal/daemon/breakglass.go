package daemon

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/strict"
)

const (
	// breakGlassKept is how long after its end a break-glass is remembered: longer than any file is good.
	breakGlassKept = 24 * time.Hour
	// breakGlassLead is how far a signer's clock may be ahead of the controller's time.
	breakGlassLead  = 30 * time.Second
	maxBreakGlasses = 256
)

// breakGlassOpening is one break-glass that was opened here; times are seconds since epoch.
type breakGlassOpening struct {
	JTI       string   `json:"jti"`
	Device    string   `json:"device"`
	Resources []string `json:"resources"`
	Holders   []string `json:"holders"`
	Reason    string   `json:"reason"`
	OpenedAt  int64    `json:"openedAtSeconds"`
	Until     int64    `json:"untilSeconds"`
}

type breakGlassAnswer struct {
	JTI        string   `json:"jti"`
	Until      int64    `json:"untilSeconds"`
	Resources  []string `json:"resources"`
	Holders    []string `json:"holders"`
	KernelAtMs float64  `json:"kernelAtMs"`
}

type breakGlassLogAnswer struct {
	Entries []breakGlassOpening `json:"entries"`
}

func (d *Daemon) parseBreakGlass(f *strict.Fields) ipc.Call {
	file := f.Bytes("file")
	return d.settled("breakGlass", func(ctx context.Context) (any, error) {
		return d.breakGlass(ctx, file)
	})
}

func (d *Daemon) parseBreakGlassLog(*strict.Fields) ipc.Call {
	return d.locked("breakGlassLog", func(context.Context) (any, error) {
		return breakGlassLogAnswer{Entries: append([]breakGlassOpening{}, d.openings...)}, nil
	})
}

// breakGlass opens what two administrators signed while no controller can be asked. It is on disk
// before it is in the kernel, so that the same file never opens twice.
func (d *Daemon) breakGlass(ctx context.Context, file []byte) (any, error) {
	if err := d.demandGateway(); err != nil {
		return nil, err
	}
	if d.linkUp {
		return nil, fault.New(fault.Conflict, "breakGlass", "the controller answers; ask it")
	}
	glass, holders, err := d.keyring.BreakGlass(file)
	if err != nil {
		return nil, err
	}
	if err := d.restoreGateway(ctx); err != nil {
		return nil, err
	}
	grant, err := d.breakGlassGrant(glass)
	if err != nil {
		return nil, err
	}
	now := d.moment(d.options.Clock()).Controller
	opening := breakGlassOpening{
		JTI: glass.JTI, Device: glass.Subject, Resources: glass.Resources, Holders: holders,
		Reason: glass.Reason, OpenedAt: int64(now / time.Second), Until: glass.ExpiresAt,
	}
	if err := d.rememberBreakGlass(opening, now); err != nil {
		return nil, err
	}
	// The disk may have taken its time, which is none of the grant's.
	change, problem := d.book.BreakGlass(grant, d.moment(d.options.Clock()))
	if problem != nil {
		return nil, problem
	}
	result, err := d.commit(ctx, change)
	if err != nil {
		return nil, fault.Wrap(fault.Kernel, "breakGlass", err)
	}
	d.options.Log.Warn("break-glass opened", "jti", glass.JTI, "device", glass.Subject,
		"resources", glass.Resources, "holders", holders, "reason", glass.Reason,
		"until", glass.ExpiresAt)
	d.broadcast(ports.BreakGlass, map[string]any{
		"jti": opening.JTI, "device": opening.Device, "resources": opening.Resources,
		"holders": opening.Holders, "reason": opening.Reason, "openedAtSeconds": opening.OpenedAt,
		"untilSeconds": opening.Until})
	return breakGlassAnswer{JTI: glass.JTI, Until: glass.ExpiresAt, Resources: glass.Resources,
		Holders: holders, KernelAtMs: result.KernelAtMs}, nil
}

// restoreGateway makes the last signed config so where this process has not been given one yet: after
// a restart nobody else can.
func (d *Daemon) restoreGateway(ctx context.Context) error {
	if d.effective != nil {
		return nil
	}
	config, err := d.keyring.Config(d.newest.token)
	if err == nil {
		err = d.checkCeilings(config)
	}
	if err != nil {
		return err
	}
	if d.privateKey.IsZero() {
		return fault.New(fault.Conflict, "breakGlass", "no WireGuard key")
	}
	if failed := failedSteps(d.applyGateway(ctx, config)); len(failed) > 0 {
		return fault.New(fault.Kernel, "breakGlass", "the gateway's network does not stand: %v", failed)
	}
	return nil
}

// breakGlassGrant turns a verified file into a grant of this gateway, or says what keeps it from one:
// the last word of the controller still wins.
func (d *Daemon) breakGlassGrant(glass object.BreakGlass) (object.Grant, error) {
	gateway := d.effective.Gateway
	now := d.moment(d.options.Clock()).Controller
	issuedAt := time.Duration(glass.IssuedAt) * time.Second
	if now < issuedAt-breakGlassLead || now >= time.Duration(glass.ExpiresAt)*time.Second {
		return object.Grant{}, fault.New(fault.Conflict, "breakGlass.exp", "not valid now")
	}
	if slices.ContainsFunc(d.openings, func(one breakGlassOpening) bool { return one.JTI == glass.JTI }) {
		return object.Grant{}, fault.New(fault.Conflict, "breakGlass.jti", "opened before")
	}
	if slices.Contains(gateway.Revoked, glass.PublicKey) {
		return object.Grant{}, fault.New(fault.Conflict, "breakGlass.wg", "this device was revoked")
	}
	grant := object.Grant{
		Issuer: "break-glass", Audience: glass.Audience, Subject: glass.Subject, JTI: glass.JTI,
		IssuedAt: glass.IssuedAt, NotBefore: glass.IssuedAt, ExpiresAt: glass.ExpiresAt,
		Thumbprint: glass.Thumbprint, PublicKey: glass.PublicKey, Addresses: glass.Addresses,
	}
	for _, name := range glass.Resources {
		place := slices.IndexFunc(gateway.Resources,
			func(one object.Resource) bool { return one.Name == name })
		if place < 0 {
			return object.Grant{}, fault.New(fault.Conflict, "breakGlass.resources",
				"this gateway has no resource %s", name)
		}
		grant.Access = append(grant.Access,
			object.Access{Resource: gateway.Resources[place].ID, ExpiresAt: glass.ExpiresAt})
	}
	return grant, insidePools(grant, d.effective)
}

func (d *Daemon) rememberBreakGlass(opening breakGlassOpening, now time.Duration) error {
	kept := slices.DeleteFunc(slices.Clone(d.openings), func(one breakGlassOpening) bool {
		return time.Duration(one.Until)*time.Second+breakGlassKept <= now
	})
	if len(kept) >= maxBreakGlasses {
		return fault.New(fault.NoSpace, "breakGlass", "too many within a day")
	}
	kept = append(kept, opening)
	raw, err := json.Marshal(kept)
	if err != nil {
		return fault.Wrap(fault.Kernel, "store", err)
	}
	if err := d.writeWhileUnlocked(store.BreakGlassFile, raw); err != nil {
		return fault.Wrap(fault.Kernel, "store", err)
	}
	d.openings = kept
	return nil
}

func (d *Daemon) loadBreakGlasses(raw []byte) error {
	return json.Unmarshal(raw, &d.openings)
}
