//go:build linux

package systemdns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/systemdns/bus"
)

const (
	resolvedName = "org.freedesktop.resolve1"
	managerPath  = "/org/freedesktop/resolve1"
	managerFace  = resolvedName + ".Manager"
	callTime     = 3 * time.Second
)

// resolved is a connection to systemd-resolved on the system bus.
type resolved struct {
	connection *bus.Connection
	owner      string // resolved's own name on the bus: another one means that it started anew
}

func dialResolved(path string, patience time.Duration) (*resolved, error) {
	// Whoever listens and never answers, as while the machine starts, must not hold netd up.
	line, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		return nil, err
	}
	return meetResolved(line, patience)
}

func meetResolved(line net.Conn, patience time.Duration) (*resolved, error) {
	connection, err := bus.Meet(line, patience)
	if err != nil {
		return nil, err
	}
	owner, err := connection.Owner(resolvedName, patience)
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return &resolved{connection, owner}, nil
}

// alive tells whether resolved is the one that was met; if not, the connection is given up.
func (b *resolved) alive() bool {
	owner, err := b.connection.Owner(resolvedName, callTime)
	if err == nil && owner == b.owner {
		return true
	}
	_ = b.connection.Close()
	return false
}

// call asks for a change of one link.
func (b *resolved) call(method string, link int, kind string, write func(*bus.Writer)) error {
	call := bus.Call{Receiver: resolvedName, Path: managerPath, Interface: managerFace, Member: method, Signature: "i" + kind}
	call.Arguments.Int32(int32(link))
	write(&call.Arguments)
	if _, err := b.connection.Call(call, callTime); err != nil {
		return fmt.Errorf("systemd-resolved: %w", err)
	}
	return nil
}

func (b *resolved) setServers(link int, servers []netip.Addr) error {
	return b.call("SetLinkDNS", link, "a(iay)", func(w *bus.Writer) {
		w.Structures(len(servers), func(index int) {
			if servers[index].Is4() {
				w.Int32(unix.AF_INET)
			} else {
				w.Int32(unix.AF_INET6)
			}
			w.Bytes(servers[index].AsSlice())
		})
	})
}

func (b *resolved) setDomains(link int, domains []string, routing bool) error {
	return b.call("SetLinkDomains", link, "a(sb)", func(w *bus.Writer) {
		w.Structures(len(domains), func(index int) {
			w.Text(domains[index])
			w.Bool(routing)
		})
	})
}

// setMode sets what older versions may lack; the domains alone keep our names on our link.
func (b *resolved) setMode(link int, method, value string) error {
	return known(b.call(method, link, "s", func(w *bus.Writer) { w.Text(value) }))
}

func known(err error) error {
	var said bus.Error
	if errors.As(err, &said) && said.Name == "org.freedesktop.DBus.Error.UnknownMethod" {
		return nil
	}
	return err
}

// set gives the link our resolvers for exactly these domains. Nothing else is asked there, and
// nothing about it is shouted onto the link.
func (b *resolved) set(index int, stub []netip.Addr, domains []string) error {
	if err := b.setDomains(index, domains, true); err != nil {
		return err
	}
	if err := b.setServers(index, stub); err != nil {
		return err
	}
	return errors.Join(
		known(b.call("SetLinkDefaultRoute", index, "b", func(w *bus.Writer) { w.Bool(false) })),
		b.setMode(index, "SetLinkLLMNR", "no"), b.setMode(index, "SetLinkMulticastDNS", "no"),
		b.setMode(index, "SetLinkDNSSEC", "no"), b.setMode(index, "SetLinkDNSOverTLS", "no"))
}

func (b *resolved) revert(link string) error {
	index, err := indexOf(link)
	if err != nil {
		return nil // no interface: resolved has forgotten it, too
	}
	return b.call("RevertLink", index, "", func(*bus.Writer) {})
}

// links is what resolved knows, by interface; index 0 is everybody's.
type links struct {
	servers map[int][]netip.AddrPort
	search  map[int][]string
}

type serverOfLink struct {
	index   int
	address netip.Addr
}

type domainOfLink struct {
	index   int
	name    string
	routing bool
}

func (b *resolved) servers() ([]serverOfLink, error) {
	found := []serverOfLink{}
	err := b.property("DNS", "a(iiay)", func(r *bus.Reader) {
		index, _ := int(int32(r.Uint32())), r.Uint32()
		if address, ok := netip.AddrFromSlice(r.Bytes()); ok {
			found = append(found, serverOfLink{index, address})
		}
	})
	return found, err
}

func (b *resolved) domains() ([]domainOfLink, error) {
	found := []domainOfLink{}
	err := b.property("Domains", "a(isb)", func(r *bus.Reader) {
		found = append(found, domainOfLink{int(int32(r.Uint32())), r.Text(), r.Bool()})
	})
	return found, err
}

// property reads one that is a list of structures.
func (b *resolved) property(name, kind string, structure func(*bus.Reader)) error {
	call := bus.Call{
		Receiver: resolvedName, Path: managerPath, Interface: "org.freedesktop.DBus.Properties", Member: "Get",
		Signature: "ss", Answer: "v",
	}
	call.Arguments.Text(managerFace)
	call.Arguments.Text(name)
	answer, err := b.connection.Call(call, callTime)
	if err == nil {
		answer.Variant(kind)
		answer.Structures(func() { structure(&answer) })
		err = answer.Err()
	}
	if err != nil {
		return fmt.Errorf("systemd-resolved %s: %w", name, err)
	}
	return nil
}

func (b *resolved) links() (links, error) {
	found := links{servers: map[int][]netip.AddrPort{}, search: map[int][]string{}}
	servers, serversErr := b.servers()
	domains, domainsErr := b.domains()
	if err := errors.Join(serversErr, domainsErr); err != nil {
		return found, err
	}
	for _, item := range servers {
		found.servers[item.index] = append(found.servers[item.index], reachable(item.address, item.index))
	}
	for _, item := range domains {
		if !item.routing {
			found.search[item.index] = append(found.search[item.index], item.name)
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

// holds tells whether the link has exactly these resolvers and domains.
func (b *resolved) holds(index int, stub []netip.Addr, domains []string) (bool, error) {
	servers, serversErr := b.servers()
	held, heldErr := b.domains()
	if err := errors.Join(serversErr, heldErr); err != nil {
		return false, err
	}
	ours := []netip.Addr{}
	for _, item := range servers {
		if item.index == index {
			ours = append(ours, item.address)
		}
	}
	names := []string{}
	for _, item := range held {
		if item.index == index && item.routing {
			names = append(names, item.name)
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

func indexOf(link string) (int, error) {
	found, err := net.InterfaceByName(link)
	if err != nil {
		return 0, err
	}
	return found.Index, nil
}
