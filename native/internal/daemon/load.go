package daemon

import (
	"errors"
	"slices"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/store"
	"sallyport.dev/netd/internal/trust"
)

// load takes over what the store remembers, each file on its own: a corrupt one is set aside and
// counts as absent, which can only close.
func (d *Daemon) load() {
	d.loadFile(store.PinFile, func(raw []byte) error {
		pin, err := object.ParsePin(raw)
		if err != nil {
			return err
		}
		return d.keyring.SetPin(pin)
	})
	d.loadFile(store.TrustFile, func(raw []byte) error {
		_, err := d.keyring.Accept(raw, time.Time{})
		return err
	})
	d.loadFile(store.KeyFile, func(raw []byte) error {
		key, ok := object.ParseKey(string(raw))
		if !ok {
			return errors.New("not a WireGuard key")
		}
		d.privateKey = key
		return nil
	})
	d.loadFile(store.ConfigFile, d.loadConfig)
	if d.newest.token == "" {
		// A guard that a damaged disk took away at boot would leave everything open.
		d.loadFile(store.ConfigCopyFile, d.loadConfig)
	}
	d.loadFile(store.BreakGlassFile, d.loadBreakGlasses)
	d.loadFile(store.InsideFile, func(raw []byte) error {
		_, err := store.ParseInside(raw) // the kernel side recalls it
		return err
	})
}

func (d *Daemon) loadFile(name string, use func([]byte) error) {
	raw, err := d.options.Store.Read(name)
	if raw == nil && err == nil {
		// Set aside by an earlier run and not given again since: still lost.
		if d.options.Store.WasSetAside(name) {
			d.setAside = append(d.setAside, name)
		}
		return
	}
	if err == nil {
		err = use(raw)
	}
	if err == nil {
		return
	}
	aside, renameErr := d.options.Store.SetAside(name)
	d.setAside = append(d.setAside, name)
	d.options.Log.Error("state file set aside", "file", name, "aside", aside, "why", err.Error())
	if renameErr != nil {
		d.options.Log.Error("state file not moved", "file", name, "why", renameErr.Error())
	}
}

// given forgets that a file was lost: an enrolment handed its content over again.
func (d *Daemon) given(name string) {
	d.setAside = slices.DeleteFunc(d.setAside, func(lost string) bool { return lost == name })
}

func (d *Daemon) loadConfig(raw []byte) error {
	record, err := store.ParseRecord(raw)
	if err != nil {
		return err
	}
	newest, err := trust.StoredConfig(record.Current)
	if err != nil {
		return err
	}
	d.newest = held{token: record.Current, config: newest}
	d.confirmed = record.Confirmed
	d.witness(newest.IssuedAtMicros)
	if record.Former == "" || record.Confirmed {
		return nil
	}
	former, err := trust.StoredConfig(record.Former)
	if err != nil {
		return err
	}
	d.former = &held{token: record.Former, config: former}
	d.probation = probation{running: true, version: newest.Version}
	return nil
}

// witness moves the controller's time forward and answers by how much.
func (d *Daemon) witness(issuedAtMicros int64) time.Duration {
	return d.anchor.Witness(time.Duration(issuedAtMicros)*time.Microsecond, d.options.Clock())
}
