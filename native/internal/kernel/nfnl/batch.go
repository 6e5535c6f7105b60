//go:build linux

package nfnl

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// MaxElements bounds one transaction so that it fits the socket buffer an ordinary user gets.
const MaxElements = 1500

// elementsPerMessage keeps one attribute list below its 64 KiB.
const elementsPerMessage = 500

var errTooLong = errors.New("an attribute is too long")

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
	b.append(unix.NFT_MSG_DELSETELEM, 0, b.head(set, 0))
}

// usualBytes is what most elements take in a message, so that it is made at once.
const usualBytes = 48

// head is a message up to its elements.
func (b *Batch) head(set string, count int) *attributeList {
	bytes := make([]byte, 0, 128+count*usualBytes)
	message := &attributeList{bytes: append(bytes, familyInet, unix.NFNETLINK_V0, 0, 0)}
	message.text(attributeTable, b.table)
	message.text(attributeSet, set)
	return message
}

func (b *Batch) write(kind int, set string, elements []Element) {
	flags := netlink.HeaderFlags(0)
	if kind == unix.NFT_MSG_NEWSETELEM {
		flags = netlink.Create
	}
	for part := range slices.Chunk(elements, elementsPerMessage) {
		message := b.head(set, len(part))
		list := message.beginNested(attributeElements)
		for _, element := range part {
			item := message.beginNested(attributeListItem)
			encodeElement(message, kind, element)
			message.end(item)
		}
		message.end(list)
		b.append(kind, flags, message)
	}
}

func encodeElement(message *attributeList, kind int, element Element) {
	value := func(attribute uint16, raw []byte) {
		if raw == nil {
			return
		}
		data := message.beginNested(attribute)
		message.raw(attributeDataValue, raw)
		message.end(data)
	}
	value(attributeKey, element.Key)
	value(attributeKeyEnd, element.End)
	if kind != unix.NFT_MSG_NEWSETELEM {
		return
	}
	value(attributeData, element.Data)
	if element.Timeout > 0 {
		message.number(attributeTimeout, uint64(max(element.Timeout.Milliseconds(), 1)))
	}
}

func (b *Batch) append(kind int, flags netlink.HeaderFlags, message *attributeList) {
	if message.tooLong {
		b.err = errTooLong
	}
	b.messages = append(b.messages, netlink.Message{Header: header(kind, flags), Data: message.bytes})
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
