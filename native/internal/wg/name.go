//go:build linux

package wg

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
)

// aliasOf is what an interface of ours keeps when somebody renames it.
func aliasOf(name string) string { return "sallyport " + name }

// mark gives the interface its alias and answers its index.
func mark(name string) (int, error) {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return 0, fmt.Errorf("link %s: %w", name, err)
	}
	if link.Attrs().Alias != aliasOf(name) {
		if err := netlink.LinkSetAlias(link, aliasOf(name)); err != nil {
			return 0, fmt.Errorf("alias of %s: %w", name, err)
		}
	}
	return link.Attrs().Index, nil
}

// IndexOf is the kernel's number of an interface, 0 when nobody has the name.
func IndexOf(name string) (int, error) {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("link %s: %w", name, err)
	}
	return link.Attrs().Index, nil
}

// takeBack gives an interface of ours that somebody renamed its name again: the filter and the
// routing rules know it by that alone. Where the name is taken it is removed, since what comes
// through it would pass no lock.
func takeBack(name string) error {
	links, err := netlink.LinkList()
	if err != nil {
		return fmt.Errorf("links: %w", err)
	}
	var failures []error
	for _, link := range links {
		if link.Attrs().Alias != aliasOf(name) || link.Attrs().Name == name {
			continue
		}
		// Closed first: older kernels rename nothing that is up, and nothing may pass meanwhile.
		failures = append(failures, netlink.LinkSetDown(link))
		if netlink.LinkSetName(link, name) != nil {
			failures = append(failures, netlink.LinkDel(link))
		}
	}
	return errors.Join(failures...)
}

// InPlace tells whether the interface still has its name.
func (l *Link) InPlace() bool {
	index, err := IndexOf(l.name)
	return err == nil && index == l.index
}
