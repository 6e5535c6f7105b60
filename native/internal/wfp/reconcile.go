package wfp

import (
	"errors"
	"fmt"
)

// Engine is the system's filter engine, as far as it is ours.
type Engine interface {
	// Prepare makes what our filters stand in, where it is missing.
	Prepare() error
	// Keys lists our filters of every life.
	Keys() (map[Key]bool, error)
	// Add puts a filter; one that stands already is fine.
	Add(filter Filter) error
	// Delete takes a filter away; one that is gone is fine.
	Delete(key Key) error
	// Close ends what opens, as the end of this process does.
	Close() error
	// Leave takes away what Prepare made; no filter stands in it any more.
	Leave() error
}

// ErrUnlike says that other filters stand than were put.
var ErrUnlike = errors.New("the filter engine does not hold what was put")

// ErrNoEngine says that this system has no filter engine at all.
var ErrNoEngine = errors.New("no filter engine")

// Reconcile makes the engine hold exactly these filters and reads them back. In between never more is
// open than before or afterwards: what closes is added first and deleted last. After a failure nothing
// is opened.
func Reconcile(engine Engine, filters []Filter) error {
	if err := engine.Prepare(); err != nil {
		return err
	}
	standing, err := engine.Keys()
	if err != nil {
		return err
	}
	wanted := map[Key]bool{}
	for _, filter := range filters {
		wanted[filter.Key()] = true
	}
	if err := errors.Join(add(engine, filters, standing, true),
		remove(engine, standing, wanted, false)); err != nil {
		return err
	}
	if err := errors.Join(add(engine, filters, standing, false),
		remove(engine, standing, wanted, true)); err != nil {
		return err
	}
	return check(engine, wanted)
}

func add(engine Engine, filters []Filter, standing map[Key]bool, closes bool) error {
	failures := []error{}
	for _, filter := range filters {
		if filter.Permit == closes || standing[filter.Key()] {
			continue
		}
		if err := engine.Add(filter); err != nil {
			failures = append(failures, fmt.Errorf("filter %q: %w", filter.Name, err))
		}
	}
	return errors.Join(failures...)
}

func remove(engine Engine, standing, wanted map[Key]bool, closes bool) error {
	failures := []error{}
	for key := range standing {
		if key.Closes() == closes && !wanted[key] {
			failures = append(failures, engine.Delete(key))
		}
	}
	return errors.Join(failures...)
}

func check(engine Engine, wanted map[Key]bool) error {
	held, err := Hold(engine, wanted)
	if err == nil && !held {
		err = ErrUnlike
	}
	return err
}

// Hold tells whether exactly the filters of these keys stand.
func Hold(engine Engine, wanted map[Key]bool) (bool, error) {
	standing, err := engine.Keys()
	if err != nil {
		return false, err
	}
	for key := range wanted {
		if !standing[key] {
			return false, nil
		}
	}
	return len(standing) == len(wanted), nil
}

// Remove takes everything of ours away.
func Remove(engine Engine) error {
	standing, err := engine.Keys()
	if err != nil {
		return err
	}
	// What opens goes first, so that nothing is reachable past a guard that is half gone.
	if err := errors.Join(remove(engine, standing, nil, false),
		remove(engine, standing, nil, true)); err != nil {
		return err
	}
	return engine.Leave()
}
