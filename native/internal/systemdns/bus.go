//go:build linux

package systemdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

const (
	resolvedName = "org.freedesktop.resolve1"
	managerPath  = "/org/freedesktop/resolve1"
	callTime     = 3 * time.Second
)

// bus is a connection to systemd-resolved on the system bus.
type bus struct {
	connection *dbus.Conn
	owner      string // resolved's own name on the bus: another one means that it started anew
}

func dialBus(path string, patience time.Duration) (*bus, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// Whoever listens and never answers, as while the machine starts, must not hold netd up.
	line, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		return nil, err
	}
	connection, err := greet(line, patience)
	if err != nil {
		return nil, errors.Join(err, line.Close())
	}
	b := &bus{connection: connection}
	if b.owner, err = b.ownerNow(ctx); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return b, nil
}

func greet(line net.Conn, patience time.Duration) (*dbus.Conn, error) {
	if err := line.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	connection, err := dbus.NewConn(line)
	if err != nil {
		return nil, err
	}
	if err := connection.Auth(nil); err != nil {
		return nil, err
	}
	if err := connection.Hello(); err != nil {
		return nil, err
	}
	return connection, line.SetDeadline(time.Time{})
}

func (b *bus) ownerNow(ctx context.Context) (string, error) {
	var owner string
	err := b.connection.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0,
		resolvedName).Store(&owner)
	return owner, err
}

// alive tells whether resolved is the one that was met; if not, the connection is given up.
func (b *bus) alive() bool {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	owner, err := b.ownerNow(ctx)
	if err == nil && owner == b.owner {
		return true
	}
	_ = b.connection.Close()
	return false
}

// address and domain are the structures of resolved's interface.
type address struct {
	Family int32
	Raw    []byte
}

type domain struct {
	Name    string
	Routing bool
}

func (b *bus) call(method string, arguments ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	call := b.connection.Object(resolvedName, managerPath).CallWithContext(ctx,
		"org.freedesktop.resolve1.Manager."+method, 0, arguments...)
	if call.Err != nil {
		return fmt.Errorf("systemd-resolved %s: %w", method, call.Err)
	}
	return nil
}

// set gives the link our resolvers for exactly these domains. Nothing else is asked there, and
// nothing about it is shouted onto the link.
func (b *bus) set(index int, stub []netip.Addr, domains []string) error {
	resolvers := []address{}
	for _, item := range stub {
		resolvers = append(resolvers, addressOf(item))
	}
	routes := []domain{}
	for _, name := range domains {
		routes = append(routes, domain{name, true})
	}
	link := int32(index)
	if err := b.call("SetLinkDomains", link, routes); err != nil {
		return err
	}
	if err := b.call("SetLinkDNS", link, resolvers); err != nil {
		return err
	}
	// Older versions lack some of these; the domains alone keep our names on our link.
	return errors.Join(b.optional("SetLinkDefaultRoute", link, false),
		b.optional("SetLinkLLMNR", link, "no"), b.optional("SetLinkMulticastDNS", link, "no"),
		b.optional("SetLinkDNSSEC", link, "no"), b.optional("SetLinkDNSOverTLS", link, "no"))
}

func (b *bus) optional(method string, arguments ...any) error {
	err := b.call(method, arguments...)
	var known dbus.Error
	if errors.As(err, &known) && known.Name == "org.freedesktop.DBus.Error.UnknownMethod" {
		return nil
	}
	return err
}

func (b *bus) revert(link string) error {
	index, err := indexOf(link)
	if err != nil {
		return nil // no interface: resolved has forgotten it, too
	}
	return b.call("RevertLink", int32(index))
}

// links is what resolved knows, by interface; index 0 is everybody's.
type links struct {
	servers map[int][]netip.AddrPort
	search  map[int][]string
}

type serverOfLink struct {
	Index  int32
	Family int32
	Raw    []byte
}

type domainOfLink struct {
	Index   int32
	Name    string
	Routing bool
}

func (b *bus) links() (links, error) {
	found := links{servers: map[int][]netip.AddrPort{}, search: map[int][]string{}}
	var servers []serverOfLink
	var domains []domainOfLink
	if err := errors.Join(b.property("DNS", &servers), b.property("Domains", &domains)); err != nil {
		return found, err
	}
	for _, item := range servers {
		if server, ok := netip.AddrFromSlice(item.Raw); ok {
			index := int(item.Index)
			found.servers[index] = append(found.servers[index], reachable(server, index))
		}
	}
	for _, item := range domains {
		if !item.Routing {
			found.search[int(item.Index)] = append(found.search[int(item.Index)], item.Name)
		}
	}
	return found, nil
}

// reachable adds the link to an address that means nothing without it.
func reachable(server netip.Addr, index int) netip.AddrPort {
	if link, err := net.InterfaceByIndex(index); err == nil && server.IsLinkLocalUnicast() {
		server = server.WithZone(link.Name)
	}
	return netip.AddrPortFrom(server, Port)
}

func (b *bus) property(name string, into any) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	var value dbus.Variant
	err := b.connection.Object(resolvedName, managerPath).CallWithContext(ctx,
		"org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.resolve1.Manager", name).Store(&value)
	if err != nil {
		return fmt.Errorf("systemd-resolved %s: %w", name, err)
	}
	return value.Store(into)
}

// holds tells whether the link has exactly these resolvers and domains.
func (b *bus) holds(index int, stub []netip.Addr, domains []string) (bool, error) {
	var servers []serverOfLink
	var held []domainOfLink
	if err := errors.Join(b.property("DNS", &servers), b.property("Domains", &held)); err != nil {
		return false, err
	}
	ours := []netip.Addr{}
	for _, item := range servers {
		if server, ok := netip.AddrFromSlice(item.Raw); ok && int(item.Index) == index {
			ours = append(ours, server)
		}
	}
	names := []string{}
	for _, item := range held {
		if int(item.Index) == index && item.Routing {
			names = append(names, item.Name)
		}
	}
	slices.Sort(names)
	return slices.Equal(ours, stub) && slices.Equal(names, domains), nil
}

// searched lists the search domains of everybody but our link.
func (l links) searched(ours int) []string {
	found := []string{}
	for index, names := range l.search {
		if index != ours {
			found = append(found, names...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// resolvers lists the servers of everybody but our link.
func (l links) resolvers(ours int) []netip.AddrPort {
	found := []netip.AddrPort{}
	for index, servers := range l.servers {
		if index != ours {
			found = append(found, servers...)
		}
	}
	slices.SortFunc(found, netip.AddrPort.Compare)
	return slices.Compact(found)
}

func addressOf(item netip.Addr) address {
	if item.Is4() {
		return address{unix.AF_INET, item.AsSlice()}
	}
	return address{unix.AF_INET6, item.AsSlice()}
}

func indexOf(link string) (int, error) {
	found, err := net.InterfaceByName(link)
	if err != nil {
		return 0, err
	}
	return found.Index, nil
}
