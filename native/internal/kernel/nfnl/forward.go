//go:build linux

package nfnl

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Attribute numbers of a chain and of its hook.
const (
	chainName     = 3
	chainHook     = 4
	chainPolicy   = 5
	chainType     = 7
	hookNumber    = 1
	forwardHook   = 2 // NF_INET_FORWARD
	policyDrop    = 0 // NF_DROP
	familyAny     = 0
	dockersChain  = "DOCKER-USER"
	chainTypeName = "filter"
)

// ForwardDrop is somebody's chain that drops what it does not name among forwarded packets, and
// names nothing with our mark.
type ForwardDrop struct {
	Family string
	Table  string
	Chain  string // where a rule of the administrator belongs
	number byte   // of the family
}

// String is the place as nft's commands name it.
func (f ForwardDrop) String() string { return fmt.Sprintf("%s %s %s", f.Family, f.Table, f.Chain) }

var familyNames = map[byte]string{familyInet: "inet", unix.AF_INET: "ip", unix.AF_INET6: "ip6"}

// ForwardDrops finds chains of others at the forward hook whose policy is drop and in whose table no
// rule compares with the mark: what we forward dies there.
func (s *Socket) ForwardDrops(mark uint32, own ...string) ([]ForwardDrop, error) {
	chains, err := s.dump(unix.NFT_MSG_GETCHAIN, encoder(), familyAny)
	if err != nil {
		return nil, err
	}
	drops := []ForwardDrop{}
	users := map[string]bool{} // tables in which Docker keeps a chain for the administrator
	for _, answer := range chains {
		chain := readChain(answer.Data)
		if chain.Chain == dockersChain {
			users[chain.Family+chain.Table] = true
		}
		drop := chain.hook == forwardHook && chain.policy == policyDrop && chain.kind == chainTypeName
		if drop && chain.Family != "" && !slices.Contains(own, chain.Table) {
			drops = append(drops, chain.ForwardDrop)
		}
	}
	kept := []ForwardDrop{}
	for _, drop := range drops {
		named, err := s.namesMark(drop, mark)
		if err != nil {
			return nil, err
		}
		if users[drop.Family+drop.Table] {
			drop.Chain = dockersChain
		}
		if !named {
			kept = append(kept, drop)
		}
	}
	return kept, nil
}

// Forwards tells whether somebody else looks at forwarded packets, or translates addresses: what he
// runs may need this machine to forward.
func (s *Socket) Forwards(own ...string) (bool, error) {
	chains, err := s.dump(unix.NFT_MSG_GETCHAIN, encoder(), familyAny)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(chains, func(answer netlink.Message) bool {
		chain := readChain(answer.Data)
		forwards := chain.hook == forwardHook || chain.kind == "nat"
		return forwards && !slices.Contains(own, chain.Table)
	}), nil
}

// chain is one as the kernel tells it; one without a hook has no packets of its own.
type chain struct {
	ForwardDrop
	hook, policy uint32
	kind         string
}

func readChain(raw []byte) chain {
	found := chain{hook: unix.NF_INET_NUMHOOKS, policy: 1}
	attributes, err := decoder(raw)
	if err != nil {
		return found
	}
	found.Family, found.number = familyNames[raw[0]], raw[0]
	for attributes.Next() {
		switch attributes.Type() {
		case attributeTable:
			found.Table = attributes.String()
		case chainName:
			found.Chain = attributes.String()
		case chainPolicy:
			found.policy = attributes.Uint32()
		case chainType:
			found.kind = attributes.String()
		case chainHook:
			attributes.Nested(func(inner *netlink.AttributeDecoder) error {
				for inner.Next() {
					if inner.Type() == hookNumber {
						found.hook = inner.Uint32()
					}
				}
				return nil
			})
		}
	}
	return found
}

// namesMark looks for the mark among the constants of the table's rules, in the order of bytes in
// which the kernel compares it.
func (s *Socket) namesMark(drop ForwardDrop, mark uint32) (bool, error) {
	attributes := encoder()
	attributes.String(attributeTable, drop.Table)
	rules, err := s.dump(unix.NFT_MSG_GETRULE, attributes, drop.number)
	if err != nil {
		return false, err
	}
	// As one netlink attribute: length 8, type NFTA_DATA_VALUE, the four bytes.
	constant := binary.NativeEndian.AppendUint16(nil, 8)
	constant = binary.NativeEndian.AppendUint16(constant, attributeDataValue)
	constant = binary.NativeEndian.AppendUint32(constant, mark)
	return slices.ContainsFunc(rules, func(rule netlink.Message) bool {
		return bytes.Contains(rule.Data, constant)
	}), nil
}
