//go:build linux

package observation

import (
	"log/slog"
	"net/netip"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
)

// Diversion is what the rules of others lead past the tunnel, as it was told last.
type Diversion struct{ told string }

// Tell reports once that rules of others lead one of these prefixes past the tunnel. The filter closes
// what they divert; only people can mend it.
func (d *Diversion) Tell(prefixes []netip.Prefix, link string, emit ports.Emit, log *slog.Logger) {
	found, err := route.Diversion(prefixes, link)
	if err != nil {
		log.Warn("routing cannot be asked", "why", err.Error())
		return
	}
	if found != "" && found != d.told {
		emit(ports.Event{Name: ports.Tampered, Fields: map[string]any{
			"what": "diverted", "detail": found,
		}})
	}
	d.told = found
}

// Diverted finds what Tell reports.
func Diverted(prefixes []netip.Prefix, link string) ([]ports.Finding, error) {
	found, err := route.Diversion(prefixes, link)
	if found == "" {
		return nil, err
	}
	return []ports.Finding{{Kind: ports.RouteDiverted, Detail: found}}, err
}
