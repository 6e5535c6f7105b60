package daemon

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"sallyport.dev/netd/internal/ending"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/ipc"
	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/read"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/strict"
)

// Protocol is the only version of netd.sock.
const Protocol = 1

// Verbs is the closed table of netd.sock. One request is one line { id, verb, … }; the answer is
// { id, ok:true, … } or { id, ok:false, error:{ code, at, detail }, … } (id null when it could not
// be read). Unknown members are refused (bad_request).
//
//	hello    { protocol:1, write }      -> { version, protocol, wireguard, why?, nft, ipv6, os,
//	                                        generation, uid, role, identity, trustVersion,
//	                                        configVersion, setAside } ; must come first;
//	                                       write:true takes the pen
//	trust    { set }             pen    -> { version, changed }
//	pin      { p, ceilings? }    root   -> { }
//	key      { privateKey }      pen    -> { publicKey }
//	config   { jws }             pen    -> { version, steps:[{ name, result, detail? }] }
//	grants   { add, remove }     pen    -> { kernelAtMs,
//	                                        rejected?:[{ index, jti, code, at, detail }] }
//	snapshot { epoch, part, parts, hash, grants }  pen
//	                                    -> { complete:false } or
//	                                       { complete:true, kernelAtMs, rejected }
//	leases   { jws }             pen    -> { kernelAtMs, renewed, unknown }
//	narrow   { what }            pen    -> { kernelAtMs }
//	link     { up }              pen    -> { }        the agent's control link works or does not
//	bump     { }                 pen    -> { }
//	portal   { address, port }   pen    -> { openSeconds }    0: nothing of ours is in the way
//	observe  { }                        -> { observed }, see observe.go
//	read     { what, … }                -> { raw, exitCode, tookMs }
//	watch    { processes:[{ pid }] }    -> { }        tells processEnded for these from now on
//	breakGlass { file }          root   -> { jti, untilSeconds, resources, holders, kernelAtMs }
//	breakGlassLog { }                   -> { entries:[{ jti, device, resources, holders, reason,
//	                                         openedAtSeconds, untilSeconds }] }
//	subscribe{ events? }                -> { }        all of ports.EventNames without the list
//	leave    { }                 root   -> { }
//
// A request of which only a part was refused answers ok:false with the first refusal and carries
// its other members (kernelAtMs, rejected) beside: what was good is done.
func (d *Daemon) Verbs() map[string]ipc.Verb {
	return map[string]ipc.Verb{
		"hello":         {Role: ipc.RoleAgent, Parse: d.parseHello},
		"trust":         {Role: ipc.RoleAgent, Pen: true, Parse: d.parseTrust},
		"pin":           {Role: ipc.RoleRoot, Parse: d.parsePin},
		"key":           {Role: ipc.RoleAgent, Pen: true, Parse: d.parseKey},
		"config":        {Role: ipc.RoleAgent, Pen: true, Parse: d.parseConfig},
		"grants":        {Role: ipc.RoleAgent, Pen: true, Parse: d.parseGrants, Overtakes: onlyRemoves},
		"snapshot":      {Role: ipc.RoleAgent, Pen: true, Parse: d.parseSnapshot},
		"leases":        {Role: ipc.RoleAgent, Pen: true, Parse: d.parseLeases},
		"narrow":        {Role: ipc.RoleAgent, Pen: true, Parse: d.parseNarrow},
		"link":          {Role: ipc.RoleAgent, Pen: true, Parse: d.parseLink},
		"bump":          {Role: ipc.RoleAgent, Pen: true, Parse: d.parseBump},
		"portal":        {Role: ipc.RoleAgent, Pen: true, Parse: d.parsePortal},
		"observe":       {Role: ipc.RoleAgent, Aside: true, Parse: d.parseObserve},
		"read":          {Role: ipc.RoleAgent, Aside: true, Parse: parseRead},
		"subscribe":     {Role: ipc.RoleAgent, Parse: d.parseSubscribe},
		"watch":         {Role: ipc.RoleAgent, Parse: d.parseWatch},
		"breakGlass":    {Role: ipc.RoleRoot, Parse: d.parseBreakGlass},
		"breakGlassLog": {Role: ipc.RoleAgent, Parse: d.parseBreakGlassLog},
		"leave":         {Role: ipc.RoleRoot, Parse: d.parseLeave},
	}
}

// PenMoved is told whether any connection holds the pen.
func (d *Daemon) PenMoved(held bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.penHeld = held
	d.linkUp = false
	d.options.Log.Info("pen moved", "held", held)
}

type emptyAnswer struct{}

type helloAnswer struct {
	Version       string   `json:"version"`
	Protocol      int      `json:"protocol"`
	WireGuard     string   `json:"wireguard"`
	Why           string   `json:"why,omitempty"`
	Nft           bool     `json:"nft"`
	IPv6          bool     `json:"ipv6"`
	OS            string   `json:"os"`
	Generation    string   `json:"generation"`
	UID           uint64   `json:"uid"`
	Role          ipc.Role `json:"role"`
	Identity      *string  `json:"identity"`
	TrustVersion  int64    `json:"trustVersion"`
	ConfigVersion int64    `json:"configVersion"`
	SetAside      []string `json:"setAside"`
}

func (d *Daemon) parseHello(f *strict.Fields) ipc.Call {
	f.Int("protocol", Protocol, Protocol)
	write := f.Bool("write")
	return func(_ context.Context, conn *ipc.Conn) (any, error) {
		conn.Greeted()
		if write {
			conn.TakePen()
		}
		d.mutex.Lock()
		defer d.mutex.Unlock()
		answer := helloAnswer{
			Version: d.options.Version, Protocol: Protocol,
			WireGuard: d.options.Abilities.WireGuard, Why: d.options.Abilities.Why,
			Nft: d.options.Abilities.Nft, IPv6: d.options.Abilities.IPv6,
			OS: runtime.GOOS, Generation: d.generation,
			UID: conn.Peer.UID, Role: conn.Role,
			TrustVersion: d.keyring.Version(), ConfigVersion: d.newest.config.Version,
			SetAside: append([]string{}, d.setAside...),
		}
		if identity, ok := d.keyring.Identity(); ok {
			answer.Identity = &identity.URI
		}
		return answer, nil
	}
}

// settled is locked for a call that may write to the store.
func (d *Daemon) settled(verb string, call func(ctx context.Context) (any, error)) ipc.Call {
	run := d.locked(verb, call)
	return func(ctx context.Context, conn *ipc.Conn) (any, error) {
		d.settings.Lock()
		defer d.settings.Unlock()
		return run(ctx, conn)
	}
}

// writeWhileUnlocked puts a file down. The caller holds the mutex and settings: on a gateway the mutex is
// free meanwhile, so that removals go on; a device has none, and what was said first must be done
// first there.
func (d *Daemon) writeWhileUnlocked(name string, raw []byte) error {
	if d.isGateway() {
		d.mutex.Unlock()
		defer d.mutex.Lock()
	}
	return d.options.Store.Write(name, raw)
}

// locked wraps a call that works on the daemon's state, and logs how it ended.
func (d *Daemon) locked(verb string, call func(ctx context.Context) (any, error)) ipc.Call {
	return func(ctx context.Context, _ *ipc.Conn) (any, error) {
		d.mutex.Lock()
		defer d.mutex.Unlock()
		started := d.options.Clock().MonotonicMs()
		answer, err := call(ctx)
		fields := []any{"verb", verb, "tookMs", d.options.Clock().MonotonicMs() - started}
		if err != nil {
			problem := fault.From(err)
			d.options.Log.Warn("request refused",
				append(fields, "code", problem.Code, "at", problem.At, "detail", problem.Detail)...)
			if _, partial := err.(*ipc.Partial); !partial && answer != nil {
				err = &ipc.Partial{Fault: problem, Answer: answer}
			}
			return nil, err
		}
		d.options.Log.Info("request done", fields...)
		return answer, nil
	}
}

type trustAnswer struct {
	Version int64 `json:"version"`
	Changed bool  `json:"changed"`
}

func (d *Daemon) parseTrust(f *strict.Fields) ipc.Call {
	raw := f.Bytes("set")
	return d.settled("trust", func(ctx context.Context) (any, error) {
		tried := d.keyring
		changed, err := tried.Accept(raw, wallTime(d.options.Clock()))
		if err != nil {
			return nil, err
		}
		if changed {
			if err := d.writeWhileUnlocked(store.TrustFile, raw); err != nil {
				return nil, fault.Wrap(fault.Kernel, "store", err)
			}
			d.keyring = tried
			d.changes++
			if err := d.enforceTrust(ctx); err != nil {
				return nil, err
			}
		}
		return trustAnswer{Version: d.keyring.Version(), Changed: changed}, nil
	})
}

func (d *Daemon) parsePin(f *strict.Fields) ipc.Call {
	pin, raw := object.ReadPin(f)
	return d.settled("pin", func(ctx context.Context) (any, error) {
		tried := d.keyring
		if err := tried.SetPin(pin); err != nil {
			return nil, err
		}
		if err := d.writeWhileUnlocked(store.PinFile, raw); err != nil {
			return nil, fault.Wrap(fault.Kernel, "store", err)
		}
		d.keyring = tried
		d.changes++
		d.given(store.PinFile)
		return emptyAnswer{}, d.enforceTrust(ctx)
	})
}

type keyAnswer struct {
	PublicKey string `json:"publicKey"`
}

func (d *Daemon) parseKey(f *strict.Fields) ipc.Call {
	key := object.ReadKey(f, "privateKey")
	return d.settled("key", func(context.Context) (any, error) {
		public, err := key.Public()
		if err != nil {
			return nil, fault.New(fault.BadRequest, "privateKey", "not a private key")
		}
		if key != d.privateKey {
			if err := d.writeWhileUnlocked(store.KeyFile, []byte(key.String())); err != nil {
				return nil, fault.Wrap(fault.Kernel, "store", err)
			}
			d.privateKey = key
			d.given(store.KeyFile)
		}
		return keyAnswer{PublicKey: public.String()}, nil
	})
}

func (d *Daemon) parseConfig(f *strict.Fields) ipc.Call {
	token := f.Text("jws", 1, object.MaxConfigBytes*2)
	return d.settled("config", func(ctx context.Context) (any, error) {
		return d.takeConfig(ctx, token)
	})
}

func (d *Daemon) parseNarrow(f *strict.Fields) ipc.Call {
	f.Choice("what", "block", "down")
	return d.locked("narrow", func(ctx context.Context) (any, error) { return d.narrow(ctx) })
}

func (d *Daemon) parseLink(f *strict.Fields) ipc.Call {
	up := f.Bool("up")
	return d.settled("link", func(ctx context.Context) (any, error) {
		return emptyAnswer{}, errors.Join(d.noteLink(up), d.leavePortal(ctx, up))
	})
}

func (d *Daemon) parseBump(*strict.Fields) ipc.Call {
	return d.locked("bump", func(ctx context.Context) (any, error) {
		if d.isGateway() {
			return emptyAnswer{}, d.gateway.Bump(ctx)
		}
		return emptyAnswer{}, d.device.Bump(ctx)
	})
}

func parseRead(f *strict.Fields) ipc.Call {
	request := read.Parse(f)
	return func(ctx context.Context, _ *ipc.Conn) (any, error) {
		result, err := request.Run(ctx)
		if err != nil {
			return nil, err
		}
		return result, nil
	}
}

func (d *Daemon) parseSubscribe(f *strict.Fields) ipc.Call {
	events := ports.EventNames
	if f.Has("events") {
		events = f.Texts("events", 0, len(ports.EventNames), 32)
	}
	for _, event := range events {
		if !slices.Contains(ports.EventNames, event) {
			f.Fail("events", "unknown event")
		}
	}
	return func(_ context.Context, conn *ipc.Conn) (any, error) {
		conn.Subscribe(events)
		conn.Notify(ports.NetdRestarted, d.options.Clock().MonotonicMs(),
			map[string]any{"generation": d.generation})
		return emptyAnswer{}, nil
	}
}

// parseWatch takes numbers of processes whose end the agent wants to hear of.
func (d *Daemon) parseWatch(f *strict.Fields) ipc.Call {
	var pids []int
	f.Objects("processes", 0, ending.MaxProcesses, func(process *strict.Fields) {
		pids = append(pids, int(process.Int("pid", 1, math.MaxInt32)))
	})
	return func(context.Context, *ipc.Conn) (any, error) {
		if err := d.ending.Keep(pids); err != nil {
			return nil, fault.Wrap(fault.Unsupported, "processes", err)
		}
		return emptyAnswer{}, nil
	}
}

func (d *Daemon) parseLeave(*strict.Fields) ipc.Call {
	return d.settled("leave", func(ctx context.Context) (any, error) {
		return emptyAnswer{}, d.leave(ctx)
	})
}
