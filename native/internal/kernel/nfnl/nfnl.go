//go:build linux

// Package nfnl writes and reads nftables elements by raw netlink: one transaction per batch,
// acknowledged after the kernel's commit, in a fraction of a millisecond. Chains and rules are
// loaded by package nft; this package never writes them.
package nfnl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Attribute numbers of linux/netfilter/nf_tables.h that x/sys does not carry by a typed name.
const (
	attributeTable      = 1 // the first attribute of every object: its table
	attributeSet        = 2
	attributeElements   = 3
	attributeListItem   = 1
	attributeKey        = 1
	attributeData       = 2
	attributeTimeout    = 4
	attributeExpires    = 5
	attributeExpression = 7
	attributeKeyEnd     = 10
	attributeDataValue  = 1
	attributeUserData   = 6
	// The kind of a named object, where only those of one kind are asked for.
	attributeObjectKind = 3
	commentType         = 0 // NFTNL_UDATA_TABLE_COMMENT

	familyInet    = 1
	subsystem     = unix.NFNL_SUBSYS_NFTABLES
	bufferBytes   = 8 << 20
	answerTimeout = 10 * time.Second
)

// ErrMissing says that the table or set does not exist.
var ErrMissing = errors.New("no such table or set")

// Socket is one connection to nftables, opened at its first use in the network namespace of the
// caller. It is kept: closing one makes the kernel wait some 16 ms for its readers, with the lock
// held that every transaction needs. The zero value is ready.
type Socket struct {
	mutex sync.Mutex
	conn  *netlink.Conn
}

// use runs one exchange alone; after a failure the connection is dropped, since further answers to
// the same request may still come.
func (s *Socket) use(exchange func(*netlink.Conn) error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.conn == nil {
		conn, err := dial()
		if err != nil {
			return err
		}
		s.conn = conn
	}
	err := s.conn.SetDeadline(time.Now().Add(answerTimeout))
	if err == nil {
		err = exchange(s.conn)
	}
	if err != nil {
		// Nobody waits for it, see above.
		go func(conn *netlink.Conn) { _ = conn.Close() }(s.conn)
		s.conn = nil
	}
	return err
}

func dial() (*netlink.Conn, error) {
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fmt.Errorf("netfilter netlink: %w", err)
	}
	// Beyond the limits of a user namespace these are refused; smaller buffers only mean smaller
	// batches (see MaxElements).
	_ = conn.SetReadBuffer(bufferBytes)
	_ = conn.SetWriteBuffer(bufferBytes)
	return conn, nil
}

func message(kind int, flags netlink.HeaderFlags, body []byte) netlink.Message {
	return netlink.Message{
		Header: header(kind, flags),
		Data:   append([]byte{familyInet, unix.NFNETLINK_V0, 0, 0}, body...),
	}
}

func header(kind int, flags netlink.HeaderFlags) netlink.Header {
	return netlink.Header{
		Type: netlink.HeaderType(subsystem<<8 | kind), Flags: netlink.Request | flags,
	}
}

// frame marks begin and end of a batch; its resource id names the subsystem.
func frame(kind int) netlink.Message {
	return netlink.Message{
		Header: netlink.Header{Type: netlink.HeaderType(kind), Flags: netlink.Request},
		Data:   []byte{unix.AF_UNSPEC, unix.NFNETLINK_V0, 0, subsystem},
	}
}

func encoder() *netlink.AttributeEncoder {
	attributes := netlink.NewAttributeEncoder()
	attributes.ByteOrder = binary.BigEndian
	return attributes
}

func decoder(raw []byte) (*netlink.AttributeDecoder, error) {
	const header = 4
	if len(raw) < header {
		return nil, errors.New("netfilter message is too short")
	}
	attributes, err := netlink.NewAttributeDecoder(raw[header:])
	if err != nil {
		return nil, fmt.Errorf("netfilter message: %w", err)
	}
	attributes.ByteOrder = binary.BigEndian
	return attributes, nil
}
