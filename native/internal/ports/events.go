package ports

// Event is something that happened by itself: one line { event, at, … } on netd.sock, where `at` is in
// CLOCK_MONOTONIC ms and Fields are the further members.
type Event struct {
	Name   string // one of EventNames
	Fields map[string]any
}

// Emit takes events from the kernel side; it never blocks and may be called from any goroutine.
type Emit func(Event)

// The closed list of events, each with its members.
const (
	// LinkChanged { name, up }, of others' links and of ours when it is gone; { overrun } after changes
	// that were missed.
	LinkChanged = "linkChanged"
	// AddressChanged { name, address, present }; without members on Windows.
	AddressChanged = "addressChanged"
	// Handshake { peer, endpoint }: a peer answers after silence.
	Handshake = "handshake"
	// HandshakeLost { peer, endpoint }: its session is over, or nothing answers what is sent to it.
	HandshakeLost = "handshakeLost"
	// Failover { site, peer }: this gateway carries the site now.
	Failover = "failover"
	// DNSLearned { name, addresses, ttl }: what was opened for a name, for ttl seconds.
	DNSLearned = "dnsLearned"
	// FirewallChanged { reason }: rules of others, "nftables" or "overrun".
	FirewallChanged = "firewallChanged"
	// Tampered { what, detail?, steps? }: somebody damaged what is ours; steps are what was put back.
	Tampered = "tampered"
	// ClockJumped { suspendedMs, steppedMs }: what ran on the clocks is void.
	ClockJumped = "clockJumped"
	// Denied { src, dst, proto, port, count, device? }: packets that no grant names.
	Denied = "denied"
	// NetdRestarted { generation } is the first event of every subscription: a generation other than the
	// one known means that netd started anew and wants key, config and snapshot again.
	NetdRestarted = "netdRestarted"
	// ConfigReturned { from, to }: a config was taken back because the control link stayed away; `to` is
	// the former version, 0 when there was none (everything is narrowed then).
	ConfigReturned = "configReturned"
	// ProcessEnded { pid }, of those that the verb watch named.
	ProcessEnded = "processEnded"
	// BreakGlass { jti, device, resources, holders, reason, openedAtSeconds, untilSeconds }.
	BreakGlass = "breakGlass"
)

// EventNames are those that a caller may subscribe to.
var EventNames = []string{
	LinkChanged, AddressChanged, Handshake, HandshakeLost, Failover, DNSLearned, FirewallChanged,
	Tampered, ClockJumped, Denied, NetdRestarted, ConfigReturned, ProcessEnded, BreakGlass,
}
