package guard

import (
	"slices"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// tellDiversion reports once that rules of others send protected addresses elsewhere. The filter
// still closes them; the tunnel is cut, and only people can mend it.
func (d *Device) tellDiversion(p plan) {
	found, err := p.diversion()
	if err != nil {
		d.log.Warn("routing cannot be asked", "why", err.Error())
		return
	}
	if found != "" && found != d.diversion {
		d.emit(ports.Event{Name: ports.Tampered, Fields: map[string]any{
			"what": "diverted", "detail": found,
		}})
	}
	d.diversion = found
}

// diversion names what the rules of others lead past the tunnel, granted routes too.
func (p plan) diversion() (string, error) {
	return route.Diversion(slices.Concat(p.protected, p.granted), LinkName)
}
