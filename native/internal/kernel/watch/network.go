//go:build linux

package watch

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	list "github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/wg"
)

const running = unix.IFF_UP | unix.IFF_RUNNING

// Listener is who hears of the network.
type Listener struct {
	Link string // our interface
	Emit ports.Emit
	// Own is called when something with our marks (interface, rules, tables) or before our rules may have
	// changed.
	Own func()
	// Route, where there is one, is told of each route of the main table that came or went; without a prefix
	// any may have gone, or, while messages were missed, come.
	Route func(to netip.Prefix, came bool)
}

// Network reports links and addresses of others as events, and the rest as the listener says. It blocks
// until the context ends.
func Network(ctx context.Context, listener Listener) error {
	emit, own := listener.Emit, listener.Own
	state := &network{link: listener.Link, emit: emit, own: own, route: listener.Route}
	return subscription{
		family: unix.NETLINK_ROUTE,
		groups: []uint32{
			unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR,
			unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE,
			unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE,
		},
		onOpen: func() {
			state.read()
			own()
			state.moved(netip.Prefix{}, true)
		},
		onLost: func() {
			emit(ports.Event{Name: ports.LinkChanged, Fields: map[string]any{"overrun": true}})
		},
		receive: func(messages []netlink.Message) {
			for _, message := range messages {
				state.note(message)
			}
		},
	}.run(ctx)
}

// network remembers what it reported: the kernel repeats itself, for instance at each router
// advertisement.
type network struct {
	link  string
	emit  ports.Emit
	own   func()
	route func(netip.Prefix, bool)
	names map[int32]string
	up    map[int32]bool
	known map[string]bool
}

// read takes up what is there already, so that only changes become events. What cannot be read is
// learned from the messages instead.
func (n *network) read() {
	n.names, n.up, n.known = map[int32]string{}, map[int32]bool{}, map[string]bool{}
	links, _ := list.LinkList()
	for _, link := range links {
		attributes := link.Attrs()
		index := int32(attributes.Index)
		n.names[index] = attributes.Name
		n.up[index] = attributes.RawFlags&running == running
	}
	addresses, _ := list.AddrList(nil, unix.AF_UNSPEC)
	for _, item := range addresses {
		if address, ok := netip.AddrFromSlice(item.IP); ok {
			n.known[key(int32(item.LinkIndex), address.Unmap())] = true
		}
	}
}

func key(index int32, address netip.Addr) string { return fmt.Sprint(index, address) }

func (n *network) note(message netlink.Message) {
	kind := message.Header.Type
	switch kind {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		n.noteLink(message.Data, kind == unix.RTM_DELLINK)
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		n.noteAddress(message.Data, kind == unix.RTM_DELADDR)
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		if route.ConcernsUs(message.Data) {
			n.own()
		}
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		if kind == unix.RTM_DELROUTE && ownRoute(message.Data) {
			n.own()
		}
		if n.route == nil {
			return
		}
		if item, found := route.ReadMainRoute(message.Data); found {
			n.route(item.To, kind == unix.RTM_NEWROUTE)
		}
	}
}

// moved tells that routes may have come or gone of which the kernel says nothing: those of IPv4 go with
// their interface or address.
func (n *network) moved(to netip.Prefix, came bool) {
	if n.route != nil {
		n.route(to, came)
	}
}

func (n *network) noteLink(raw []byte, gone bool) {
	const header = 16
	if len(raw) < header {
		return
	}
	n.moved(netip.Prefix{}, false)
	index := int32(binary.NativeEndian.Uint32(raw[4:]))
	flags := binary.NativeEndian.Uint32(raw[8:])
	former := n.names[index]
	if name, found := attribute(raw[header:], unix.IFLA_IFNAME); found {
		n.names[index] = string(name[:max(len(name)-1, 0)])
	}
	name := n.names[index]
	if former == n.link && name != n.link {
		n.own() // renamed: rules and filter know it by its name
	}
	if name == n.link {
		if gone || flags&unix.IFF_UP == 0 {
			n.own()
		}
		if gone {
			// Whoever waits for our name to be free hears that it is.
			n.emit(ports.Event{Name: ports.LinkChanged, Fields: map[string]any{"name": name, "up": false}})
		}
		return
	}
	if name == wg.FarEnd(n.link) {
		return
	}
	up := !gone && flags&running == running
	if before, known := n.up[index]; known && before == up && !gone {
		return
	}
	n.up[index] = up
	if gone {
		delete(n.up, index)
		delete(n.names, index)
	}
	n.emit(ports.Event{Name: ports.LinkChanged, Fields: map[string]any{"name": name, "up": up}})
}

func (n *network) noteAddress(raw []byte, gone bool) {
	const header = 8
	if len(raw) < header {
		return
	}
	index := int32(binary.NativeEndian.Uint32(raw[4:]))
	bytes, _ := attribute(raw[header:], unix.IFA_ADDRESS)
	address, ok := netip.AddrFromSlice(bytes)
	if !ok {
		return
	}
	if gone {
		n.moved(netip.Prefix{}, false)
	}
	if n.names[index] == n.link {
		if gone {
			n.own()
		}
		return
	}
	name := key(index, address)
	if n.known[name] && !gone {
		return
	}
	n.known[name] = true
	if gone {
		delete(n.known, name)
	}
	n.emit(ports.Event{Name: ports.AddressChanged, Fields: map[string]any{
		"name": n.names[index], "address": address.String(), "present": !gone,
	}})
}

func ownRoute(raw []byte) bool {
	const header = 12
	if len(raw) < header {
		return false
	}
	table, found := attribute(raw[header:], unix.RTA_TABLE)
	if !found || len(table) != 4 {
		return false
	}
	of := binary.NativeEndian.Uint32(table)
	return of == route.Table || of == route.InsideTable
}

func attribute(raw []byte, kind uint16) ([]byte, bool) {
	attributes, err := netlink.NewAttributeDecoder(raw)
	if err != nil {
		return nil, false
	}
	for attributes.Next() {
		if attributes.Type() == kind {
			return attributes.Bytes(), true
		}
	}
	return nil, false
}
