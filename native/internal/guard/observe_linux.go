package guard

import (
	"context"
	"errors"

	"sallyport.dev/netd/internal/kernel/conntrack"
	"sallyport.dev/netd/internal/observation"
	"sallyport.dev/netd/internal/ports"
)

// Observe reads the kernel anew; what does not exist is absent, not an error.
func (d *Device) Observe(context.Context) (ports.DeviceObserved, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	side := observation.Side{Socket: d.socket, Table: d.table, TableName: TableName,
		LinkName: LinkName, Link: d.link}
	if d.plan != nil {
		side.Rules = d.plan.rules()
	}
	reading, err := side.Read()
	failures := []error{err}
	observed := ports.DeviceObserved{Guard: reading.Guard, Link: reading.Link,
		Peers: reading.Peers, Counters: reading.Counters}
	for _, item := range reading.Routes {
		if item.Link != "" {
			observed.Routes = append(observed.Routes, item.To)
		}
	}
	if p := d.held(); p != nil {
		diverted, err := observation.Diverted(p.inside(), LinkName)
		failures = append(failures, err)
		observed.Findings = diverted
	}
	observed.Findings = append(observed.Findings, conntrack.Full()...)
	return observed, errors.Join(failures...)
}
