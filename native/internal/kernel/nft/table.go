//go:build linux

package nft

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nfnl"
)

// Family is where a table stands.
type Family struct {
	name   string
	number byte
}

// The families that we have tables in.
var (
	Inet = Family{"inet", unix.NFPROTO_INET}
	ARP  = Family{"arp", unix.NFPROTO_ARP}
)

// Table is one table of ours and what it looked like when it was loaded.
type Table struct {
	family Family
	name   string
	socket *nfnl.Socket
	static []string // sets whose elements nobody may change between two loads
	body   string
	print  [32]byte
	loaded bool
}

// NewTable names the table; nothing is read or written.
func NewTable(family Family, name string, static []string, socket *nfnl.Socket) *Table {
	return &Table{family: family, name: name, static: static, socket: socket}
}

// Load replaces the whole table by body in one transaction: former and new rules never stand
// beside each other and there is no moment without either.
func (t *Table) Load(ctx context.Context, body string) error {
	head := fmt.Sprintf("table %[1]s %[2]s\ndelete table %[1]s %[2]s\n", t.family.name, t.name)
	if err := Load(ctx, head+body); err != nil {
		return err
	}
	t.body = body
	return t.Settle()
}

// Settle takes the table as it now is for what it should be, after its owner changed elements of
// the static sets himself.
func (t *Table) Settle() error {
	print, err := t.socket.Fingerprint(t.family.number, t.name, t.static)
	if err != nil {
		return err
	}
	t.print, t.loaded = print, true
	return nil
}

// Ensure loads the body unless just this one is in place and untouched.
func (t *Table) Ensure(ctx context.Context, body string) error {
	if t.body == body {
		if intact, err := t.Intact(); err != nil || intact {
			return err
		}
	}
	return t.Load(ctx, body)
}

// Intact tells whether the table still is what this process loaded; false before the first load.
func (t *Table) Intact() (bool, error) {
	if !t.loaded {
		return false, nil
	}
	print, err := t.socket.Fingerprint(t.family.number, t.name, t.static)
	if errors.Is(err, nfnl.ErrMissing) {
		return false, nil
	}
	return err == nil && print == t.print, err
}

// Loaded tells whether this process loaded the table at all.
func (t *Table) Loaded() bool { return t.loaded }

// Remove takes the table away; none is fine.
func (t *Table) Remove(ctx context.Context) error {
	t.loaded = false
	found, err := t.socket.HasTable(t.family.number, t.name)
	if err != nil || !found {
		return err
	}
	return Load(ctx, fmt.Sprintf("delete table %s %s\n", t.family.name, t.name))
}
