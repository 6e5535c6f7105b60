//go:build linux

package watch

import (
	"context"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/kernel/nfnl"
)

// Ruleset is what one transaction of anybody changed.
type Ruleset struct {
	Foreign bool // a table that is not ours
	Own     bool // chains, rules or static sets of ours, by us or by others
	Overrun bool // messages were lost: anything may have changed
}

// ownTables are the tables with our mark of ownership.
var ownTables = []string{"sallyport", "sallyport_guard"}

// changingSets hold elements that netd writes all the time: of leases and grants, of names that were
// asked for, of a captive portal. To look at everything of ours after each would hold up a removal.
var changingSets = []string{
	"live4", "live6", "grant4", "grant6", "learn4", "learn6", "learnp4", "learnp6",
	"portal4", "portal6",
}

// Nftables reports every transaction on the ruleset within milliseconds, one call each, until the
// context ends. Elements of our changing sets are not reported. What happens during a pause is one
// Overrun after it.
func Nftables(ctx context.Context, pauses *Pauses, changed func(Ruleset)) error {
	seen := Ruleset{}
	return subscription{
		pauses: pauses,
		family: unix.NETLINK_NETFILTER,
		groups: []uint32{unix.NFNLGRP_NFTABLES},
		onOpen: func() { seen = Ruleset{} },
		onLost: func() { changed(Ruleset{Overrun: true}) },
		receive: func(messages []netlink.Message) {
			for _, message := range messages {
				if note(&seen, message) && seen != (Ruleset{}) {
					changed(seen)
					seen = Ruleset{}
				}
			}
		},
	}.run(ctx)
}

// note answers true at the message that ends a transaction: its new generation.
func note(seen *Ruleset, message netlink.Message) bool {
	if message.Header.Type>>8 != unix.NFNL_SUBSYS_NFTABLES {
		return false
	}
	kind := int(message.Header.Type & 0xff)
	if kind == unix.NFT_MSG_NEWGEN {
		return true
	}
	table, set := nfnl.Owner(message.Data)
	if !names(ownTables, table) {
		seen.Foreign = true
		return false
	}
	element := kind == unix.NFT_MSG_NEWSETELEM || kind == unix.NFT_MSG_DELSETELEM
	if !element || !names(changingSets, set) {
		seen.Own = true
	}
	return false
}

// names makes no string of what it looks for.
func names(list []string, name []byte) bool {
	for _, one := range list {
		if one == string(name) {
			return true
		}
	}
	return false
}
