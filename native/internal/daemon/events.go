package daemon

import (
	"net/netip"
	"path"

	"sallyport.dev/netd/internal/ports"
)

// Emit takes an event of the kernel side from any goroutine; it never blocks. A flood loses events
// but not their effect: what must be repaired is repaired by the kernel side itself.
func (d *Daemon) Emit(event ports.Event) {
	select {
	case d.events <- event:
	default:
		d.options.Log.Warn("event lost", "event", event.Name)
	}
}

// FirewallChanged reports a change of foreign firewall rules.
func (d *Daemon) FirewallChanged(reason string) {
	d.Emit(ports.Event{Name: ports.FirewallChanged, Fields: map[string]any{"reason": reason}})
}

// nameDevice adds whose tunnel address a refused packet came from, as far as a grant says it.
func (d *Daemon) nameDevice(fields map[string]any) {
	text, _ := fields["src"].(string)
	address, err := netip.ParseAddr(text)
	if err != nil {
		return
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if subject, found := d.book.Holder(address); found {
		fields["device"] = path.Base(subject)
	}
}

func (d *Daemon) broadcast(name string, fields map[string]any) {
	now := d.options.Clock()
	d.options.Log.Info("event", "event", name, "fields", fields)
	if d.server != nil {
		d.server.Broadcast(name, now.MonotonicMs(), fields)
	}
}
