//go:build linux

package nfnl

import (
	"errors"
	"fmt"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// MaxElements bounds one transaction so that it fits the socket buffer an ordinary user gets.
const MaxElements = 1500

// elementsPerMessage keeps one attribute list below its 64 KiB.
const elementsPerMessage = 500

// Element is one key of a set, as the kernel lays it out: each field padded to 4 bytes. In a set of
// intervals End is the last key, in a map Data is the value; Timeout 0 means: none of its own.
type Element struct {
	Key     []byte
	End     []byte
	Data    []byte
	Timeout time.Duration
}

// Batch is one transaction on the sets of one table; all of it happens or nothing.
type Batch struct {
	table    string
	messages []netlink.Message
	elements int
	err      error
}

// NewBatch begins a transaction on `inet table`.
func NewBatch(table string) *Batch { return &Batch{table: table} }

// Len counts the elements named so far; a Put counts once.
func (b *Batch) Len() int { return b.elements }

// Put makes the elements present with exactly these timeouts. Add, delete, add: before Linux 6.12
// adding an existing element does not refresh its timeout.
func (b *Batch) Put(set string, elements []Element) {
	b.elements += len(elements)
	b.write(unix.NFT_MSG_NEWSETELEM, set, elements)
	b.write(unix.NFT_MSG_DELSETELEM, set, elements)
	b.write(unix.NFT_MSG_NEWSETELEM, set, elements)
}

// Take makes the elements absent. Add, delete: a bare delete of an element that just expired would
// roll the whole batch back.
func (b *Batch) Take(set string, elements []Element) {
	b.elements += len(elements)
	b.write(unix.NFT_MSG_NEWSETELEM, set, elements)
	b.write(unix.NFT_MSG_DELSETELEM, set, elements)
}

// Add makes elements present that are known to be absent, without a detour.
func (b *Batch) Add(set string, elements []Element) {
	b.elements += len(elements)
	b.write(unix.NFT_MSG_NEWSETELEM, set, elements)
}

// Delete makes elements absent that are known to be present: a missing one undoes the batch.
func (b *Batch) Delete(set string, elements []Element) {
	b.elements += len(elements)
	b.write(unix.NFT_MSG_DELSETELEM, set, elements)
}

// Flush empties the set.
func (b *Batch) Flush(set string) {
	b.elements++
	attributes := encoder()
	attributes.String(attributeTable, b.table)
	attributes.String(attributeSet, set)
	b.append(unix.NFT_MSG_DELSETELEM, 0, attributes)
}

func (b *Batch) write(kind int, set string, elements []Element) {
	flags := netlink.HeaderFlags(0)
	if kind == unix.NFT_MSG_NEWSETELEM {
		flags = netlink.Create
	}
	for len(elements) > 0 {
		part := elements[:min(len(elements), elementsPerMessage)]
		elements = elements[len(part):]
		attributes := encoder()
		attributes.String(attributeTable, b.table)
		attributes.String(attributeSet, set)
		attributes.Nested(attributeElements, func(list *netlink.AttributeEncoder) error {
			for _, element := range part {
				list.Nested(attributeListItem, func(item *netlink.AttributeEncoder) error {
					encodeElement(item, kind, element)
					return nil
				})
			}
			return nil
		})
		b.append(kind, flags, attributes)
	}
}

func encodeElement(item *netlink.AttributeEncoder, kind int, element Element) {
	value := func(attribute uint16, raw []byte) {
		if raw == nil {
			return
		}
		item.Nested(attribute, func(data *netlink.AttributeEncoder) error {
			data.Bytes(attributeDataValue, raw)
			return nil
		})
	}
	value(attributeKey, element.Key)
	value(attributeKeyEnd, element.End)
	if kind != unix.NFT_MSG_NEWSETELEM {
		return
	}
	value(attributeData, element.Data)
	if element.Timeout > 0 {
		item.Uint64(attributeTimeout, uint64(max(element.Timeout.Milliseconds(), 1)))
	}
}

func (b *Batch) append(kind int, flags netlink.HeaderFlags, attributes *netlink.AttributeEncoder) {
	body, err := attributes.Encode()
	if err != nil {
		b.err = errors.Join(b.err, err)
		return
	}
	b.messages = append(b.messages, message(kind, flags, body))
}

// Commit sends the transaction and returns once the kernel has committed it (nil) or rolled it
// back (error; ErrMissing when table or set is gone). An empty batch does nothing.
func (b *Batch) Commit(socket *Socket) error {
	if b.err != nil {
		return fmt.Errorf("nft batch: %w", b.err)
	}
	if len(b.messages) == 0 {
		return nil
	}
	// The acknowledgement of the last element message comes after the commit on every kernel; one
	// for the end of the batch exists since Linux 6.10 only.
	b.messages[len(b.messages)-1].Header.Flags |= netlink.Acknowledge
	messages := append([]netlink.Message{frame(unix.NFNL_MSG_BATCH_BEGIN)}, b.messages...)
	messages = append(messages, frame(unix.NFNL_MSG_BATCH_END))
	return socket.use(func(conn *netlink.Conn) error {
		sent, err := conn.SendMessages(messages)
		if err != nil {
			return fmt.Errorf("nft batch of %d elements: %w", b.elements, err)
		}
		return awaitCommit(conn, sent[len(sent)-2].Header.Sequence)
	})
}

// awaitCommit reads until the last message is acknowledged; an earlier error means rolled back.
func awaitCommit(conn *netlink.Conn, last uint32) error {
	for {
		answers, err := conn.Receive()
		if err != nil {
			if errors.Is(err, unix.ENOENT) {
				return fmt.Errorf("nft batch: %w", ErrMissing)
			}
			return fmt.Errorf("nft batch: %w", err)
		}
		for _, answer := range answers {
			if answer.Header.Type == netlink.Error && answer.Header.Sequence == last {
				return nil
			}
		}
	}
}
