//go:build linux

package nfnl

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Held is an element as the kernel holds it: End and Data are nil where the set has none, Expires is
// the time left, 0 without a timeout, Packets what a counter of its own has counted.
type Held struct {
	Key     []byte
	End     []byte
	Data    []byte
	Expires time.Duration
	Packets uint64
}

// Elements reads one set of `inet table`; ErrMissing when it does not exist.
func (s *Socket) Elements(table, set string) ([]Held, error) {
	attributes := encoder()
	attributes.String(attributeTable, table)
	attributes.String(attributeSet, set)
	answers, err := s.dump(unix.NFT_MSG_GETSETELEM, attributes, familyInet)
	if err != nil {
		return nil, err
	}
	held := []Held{}
	for _, answer := range answers {
		part, err := readElements(answer.Data)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", set, err)
		}
		held = append(held, part...)
	}
	return held, nil
}

func readElements(raw []byte) ([]Held, error) {
	attributes, err := decoder(raw)
	if err != nil {
		return nil, err
	}
	held := []Held{}
	for attributes.Next() {
		if attributes.Type() == attributeElements {
			attributes.Nested(func(list *netlink.AttributeDecoder) error {
				for list.Next() {
					list.Nested(func(item *netlink.AttributeDecoder) error {
						held = append(held, readElement(item))
						return nil
					})
				}
				return nil
			})
		}
	}
	return held, attributes.Err()
}

func readElement(item *netlink.AttributeDecoder) Held {
	element := Held{}
	value := func() (raw []byte) {
		item.Nested(func(data *netlink.AttributeDecoder) error {
			for data.Next() {
				if data.Type() == attributeDataValue {
					raw = slices.Clone(data.Bytes())
				}
			}
			return nil
		})
		return raw
	}
	for item.Next() {
		switch item.Type() {
		case attributeKey:
			element.Key = value()
		case attributeKeyEnd:
			element.End = value()
		case attributeData:
			element.Data = value()
		case attributeExpires:
			element.Expires = time.Duration(item.Uint64()) * time.Millisecond
		case attributeExpression:
			item.Nested(func(expression *netlink.AttributeDecoder) error {
				element.Packets = readPackets(expression)
				return nil
			})
		}
	}
	return element
}

// readPackets reads the one expression that our elements have: a counter.
func readPackets(expression *netlink.AttributeDecoder) (count uint64) {
	const data, packets = 2, 2
	for expression.Next() {
		if expression.Type() != data {
			continue
		}
		expression.Nested(func(counter *netlink.AttributeDecoder) error {
			for counter.Next() {
				if counter.Type() == packets {
					count = counter.Uint64()
				}
			}
			return nil
		})
	}
	return count
}

// Counters reads the packets of every named counter of `inet table`.
func (s *Socket) Counters(table string) (map[string]uint64, error) {
	attributes := encoder()
	attributes.String(attributeTable, table)
	attributes.Uint32(attributeObjectKind, unix.NFT_OBJECT_COUNTER)
	answers, err := s.dump(unix.NFT_MSG_GETOBJ, attributes, familyInet)
	if err != nil {
		return nil, err
	}
	counters := map[string]uint64{}
	for _, answer := range answers {
		owner, object, count, err := readCounter(answer.Data)
		if err != nil {
			return nil, err
		}
		if owner == table {
			counters[object] = count
		}
	}
	return counters, nil
}

func readCounter(raw []byte) (owner, object string, count uint64, err error) {
	const name, data, packets = 2, 4, 2
	attributes, err := decoder(raw)
	if err != nil {
		return "", "", 0, err
	}
	for attributes.Next() {
		switch attributes.Type() {
		case attributeTable:
			owner = attributes.String()
		case name:
			object = attributes.String()
		case data:
			attributes.Nested(func(counter *netlink.AttributeDecoder) error {
				for counter.Next() {
					if counter.Type() == packets {
						count = counter.Uint64()
					}
				}
				return nil
			})
		}
	}
	return owner, object, count, attributes.Err()
}

// TableComment reads the comment of `inet table`; false when there is no such table.
func (s *Socket) TableComment(table string) (string, bool, error) {
	answers, err := s.table(familyInet, table)
	if len(answers) == 0 {
		return "", false, err
	}
	for _, answer := range answers {
		if text, err := readComment(answer.Data); text != "" || err != nil {
			return text, err == nil, err
		}
	}
	return "", true, nil
}

// HasTable tells whether there is a table of this name in a family.
func (s *Socket) HasTable(family byte, table string) (bool, error) {
	answers, err := s.table(family, table)
	return len(answers) > 0, err
}

// table asks for one table; no answer where there is none.
func (s *Socket) table(family byte, table string) ([]netlink.Message, error) {
	attributes := encoder()
	attributes.String(attributeTable, table)
	body, err := attributes.Encode()
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	var answers []netlink.Message
	err = s.use(func(conn *netlink.Conn) error {
		var err error
		request := message(unix.NFT_MSG_GETTABLE, 0, body)
		request.Data[0] = family
		answers, err = conn.Execute(request)
		return err
	})
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", table, err)
	}
	return answers, nil
}

func readComment(raw []byte) (string, error) {
	attributes, err := decoder(raw)
	if err != nil {
		return "", err
	}
	for attributes.Next() {
		if attributes.Type() == attributeUserData {
			return comment(attributes.Bytes()), nil
		}
	}
	return "", attributes.Err()
}

// comment finds the text in nft's own user data: records of type, length, bytes.
func comment(raw []byte) string {
	for len(raw) >= 2 {
		kind, size := raw[0], int(raw[1])
		if len(raw) < 2+size {
			break
		}
		if kind == commentType {
			return string(bytes.TrimRight(raw[2:2+size], "\x00"))
		}
		raw = raw[2+size:]
	}
	return ""
}

// Fingerprint digests chains, rules and the elements of the named sets, which only those of inet may
// have: it changes when anybody changes them, and not by traffic. ErrMissing when the table is gone.
func (s *Socket) Fingerprint(family byte, table string, sets []string) ([32]byte, error) {
	digest := sha256.New()
	for _, kind := range []int{unix.NFT_MSG_GETCHAIN, unix.NFT_MSG_GETRULE} {
		attributes := encoder()
		if kind == unix.NFT_MSG_GETRULE {
			attributes.String(attributeTable, table)
		}
		answers, err := s.dump(kind, attributes, family)
		if err != nil {
			return [32]byte{}, err
		}
		count := 0
		for _, answer := range answers {
			if owner, _ := Owner(answer.Data); string(owner) == table {
				// The header in front carries the generation, which changes with every write.
				digest.Write(answer.Data[4:])
				count++
			}
		}
		if count == 0 {
			return [32]byte{}, fmt.Errorf("table %s: %w", table, ErrMissing)
		}
	}
	for _, set := range sets {
		held, err := s.Elements(table, set)
		if err != nil {
			return [32]byte{}, err
		}
		slices.SortFunc(held, func(a, b Held) int {
			return cmp.Or(bytes.Compare(a.Key, b.Key), cmp.Compare(a.Expires, b.Expires))
		})
		for _, element := range held {
			digest.Write(slices.Concat(element.Key, element.End, element.Data))
		}
		digest.Write([]byte(set))
	}
	return [32]byte(digest.Sum(nil)), nil
}

// Owner names the table and, in messages about elements, the set that a netfilter message is
// about. It reads by hand: of all that is here it is asked most often by far.
func Owner(raw []byte) (table, set []byte) {
	// The two highest bits of a kind are flags.
	const header, typeMask = 4, 0x3fff
	for rest := raw[min(header, len(raw)):]; len(rest) >= header; {
		size := int(binary.NativeEndian.Uint16(rest))
		kind := binary.NativeEndian.Uint16(rest[2:]) & typeMask
		if size < header || size > len(rest) {
			break
		}
		switch text := bytes.TrimSuffix(rest[header:size], []byte{0}); kind {
		case attributeTable:
			table = text
		case attributeSet:
			return table, text
		}
		rest = rest[min((size+3)&^3, len(rest)):]
	}
	return table, nil
}

// dump reads a whole list; one that changed while it was read is read again.
func (s *Socket) dump(
	kind int, attributes *netlink.AttributeEncoder, family byte,
) ([]netlink.Message, error) {
	const interrupted = netlink.HeaderFlags(0x10)
	body, err := attributes.Encode()
	if err != nil {
		return nil, fmt.Errorf("nft dump: %w", err)
	}
	for attempt := 0; ; attempt++ {
		var answers []netlink.Message
		err := s.use(func(conn *netlink.Conn) error {
			var err error
			request := message(kind, netlink.Dump, body)
			request.Data[0] = family
			answers, err = conn.Execute(request)
			return err
		})
		if errors.Is(err, unix.ENOENT) {
			return nil, fmt.Errorf("nft dump: %w", ErrMissing)
		}
		if err != nil {
			return nil, fmt.Errorf("nft dump: %w", err)
		}
		torn := slices.ContainsFunc(answers, func(answer netlink.Message) bool {
			return answer.Header.Flags&interrupted != 0
		})
		if !torn || attempt == 5 {
			return answers, nil
		}
	}
}
