package daemon

import (
	"net/netip"
	"path"

	"sallyport.dev/netd/internal/ports"
)

// eventNames is the closed list of events. Each is one line { event, at, … } with `at` in
// CLOCK_MONOTONIC ms:
//
//	linkChanged    { link, up }                 addressChanged { }
//	handshake      { peer, endpoint }           handshakeLost  { peer, endpoint }
//	failover       { site, peer }               dnsLearned     { name, addresses, ttl }
//	firewallChanged{ reason }                   tampered       { what, detail? }
//	clockJumped    { suspendedMs, steppedMs }   denied         { src, dst, proto, port, count, device? }
//	netdRestarted  { generation }               configReturned { from, to }
//	processEnded   { pid }
//	breakGlass     { jti, device, resources, holders, reason, openedAtSeconds, untilSeconds }
//
// netdRestarted is the first event of every subscription: a generation other than the one known
// means that netd started anew and wants key, config and snapshot again. configReturned says that
// a config was taken back because the control link stayed away; `to` is the former version, 0 when
// there was none (everything is narrowed then).
var eventNames = []string{
	"linkChanged", "addressChanged", "handshake", "handshakeLost", "failover", "dnsLearned",
	"firewallChanged", "tampered", "clockJumped", "denied", "netdRestarted", "configReturned",
	"breakGlass", "processEnded",
}

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
	d.Emit(ports.Event{Name: "firewallChanged", Fields: map[string]any{"reason": reason}})
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
