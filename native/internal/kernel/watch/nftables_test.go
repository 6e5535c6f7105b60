//go:build linux

package watch

import (
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// about is a message of the kernel about a set of a gateway.
func about(t *testing.T, kind int, set string) netlink.Message {
	t.Helper()
	attributes := netlink.NewAttributeEncoder()
	attributes.String(unix.NFTA_SET_ELEM_LIST_TABLE, "sallyport")
	attributes.String(unix.NFTA_SET_ELEM_LIST_SET, set)
	body, err := attributes.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(unix.NFNL_SUBSYS_NFTABLES<<8 | kind)},
		Data:   append([]byte{unix.NFPROTO_INET, unix.NFNETLINK_V0, 0, 0}, body...),
	}
}

func TestWhatNetdWritesAllTheTimeIsNoDamage(t *testing.T) {
	for _, set := range []string{"live4", "grant6", "learn4", "learn6", "learnp4", "learnp6", "portal4"} {
		for _, kind := range []int{unix.NFT_MSG_NEWSETELEM, unix.NFT_MSG_DELSETELEM} {
			seen := Ruleset{}
			if note(&seen, about(t, kind, set)); seen != (Ruleset{}) {
				t.Errorf("an element of %s: %+v", set, seen)
			}
		}
	}
	for name, message := range map[string]netlink.Message{
		"an element of a static set": about(t, unix.NFT_MSG_DELSETELEM, "atom4"),
		"a whole set":                about(t, unix.NFT_MSG_DELSET, "live4"),
	} {
		seen := Ruleset{}
		if note(&seen, message); seen != (Ruleset{Own: true}) {
			t.Errorf("%s: %+v", name, seen)
		}
	}
}
