//go:build linux

package watch

import (
	"testing"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/ports"
)

// FuzzMessages reads arbitrary bytes as what the kernel says by itself.
func FuzzMessages(f *testing.F) {
	link := make([]byte, 16)
	link = append(link, 8, 0, unix.IFLA_IFNAME, 0, 's', 'p', '0', 0)
	f.Add(uint16(unix.RTM_NEWLINK), link)
	address := append(make([]byte, 8), 8, 0, unix.IFA_ADDRESS, 0, 192, 0, 2, 1)
	f.Add(uint16(unix.RTM_NEWADDR), address)
	f.Add(uint16(unix.RTM_DELRULE), make([]byte, 12))
	f.Add(uint16(unix.RTM_DELROUTE), append(make([]byte, 12), 8, 0, unix.RTA_TABLE, 0, 0, 0, 0, 0))
	f.Add(uint16(unix.NFNL_SUBSYS_NFTABLES<<8|unix.NFT_MSG_NEWRULE), []byte{1, 0, 0, 0, 5, 0, 1, 0, 't'})
	f.Fuzz(func(t *testing.T, kind uint16, raw []byte) {
		message := netlink.Message{Header: netlink.Header{Type: netlink.HeaderType(kind)}, Data: raw}
		state := &network{link: "sp0", emit: func(ports.Event) {}, own: func() {}}
		state.names, state.up, state.known = map[int32]string{}, map[int32]bool{}, map[string]bool{}
		for range 2 {
			state.note(message)
		}
		_ = note(&Ruleset{}, message)
		for _, part := range split(nil, raw) {
			state.note(part)
		}
	})
}
