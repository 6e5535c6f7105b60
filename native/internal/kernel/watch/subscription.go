//go:build linux

// Package watch listens to what the kernel says by itself: changes of nftables, links, addresses,
// rules and routes. It only reports; acting is the caller's.
package watch

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

const (
	bufferBytes = 8 << 20
	retryPause  = 200 * time.Millisecond
	// messageBytes is what the kernel puts into one datagram at most, and more.
	messageBytes = 64 << 10
)

// subscription is one multicast socket that is opened again after every failure. onOpen is called
// whenever a socket begins to listen: what is read then misses nothing. onLost follows it when there
// was a socket before: whatever came in between was missed.
type subscription struct {
	family  int
	groups  []uint32
	receive func([]netlink.Message) // they are gone when it returns
	onOpen  func()
	onLost  func()
	pauses  *Pauses // nil: this one never pauses
}

// run blocks until the context ends; it fails only when the first socket cannot be opened.
func (s subscription) run(ctx context.Context) error {
	conn, err := s.open()
	if err != nil {
		return err
	}
	for {
		err := s.listen(ctx, conn)
		s.pauses.leave(conn)
		_ = conn.Close()
		if ctx.Err() != nil {
			return nil
		}
		for err != nil {
			if conn, err = s.open(); err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(retryPause):
			}
		}
		s.onLost()
	}
}

func (s subscription) open() (*netlink.Conn, error) {
	conn, err := netlink.Dial(s.family, nil)
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	// A smaller buffer only means that an overrun, which is reported, comes sooner.
	_ = conn.SetReadBuffer(bufferBytes)
	for _, group := range s.groups {
		if err := conn.JoinGroup(group); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("watch: group %d: %w", group, err)
		}
	}
	s.pauses.enter(conn, s)
	s.onOpen()
	return conn, nil
}

// listen ends with the context or with the first error, of which ENOBUFS is the usual one.
func (s subscription) listen(ctx context.Context, conn *netlink.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	raw, err := conn.SyscallConn()
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	// One room for all that comes: a gateway's own elements are told one by one, a hundred thousand
	// of them when it starts.
	buffer := make([]byte, messageBytes)
	var messages []netlink.Message
	for {
		size, err := receive(raw, buffer)
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		messages = split(messages[:0], buffer[:size])
		s.receive(messages)
	}
}

// receive waits for one datagram in the runtime's poller.
func receive(raw syscall.RawConn, buffer []byte) (size int, err error) {
	waited := raw.Read(func(descriptor uintptr) bool {
		size, _, err = unix.Recvfrom(int(descriptor), buffer, 0)
		return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	})
	return size, errors.Join(waited, err)
}

// split adds the messages of a datagram, whose data they share; a broken rest is left out.
func split(messages []netlink.Message, datagram []byte) []netlink.Message {
	const header = 16
	for len(datagram) >= header {
		size := int(binary.NativeEndian.Uint32(datagram))
		if size < header || size > len(datagram) {
			break
		}
		kind := netlink.HeaderType(binary.NativeEndian.Uint16(datagram[4:]))
		messages = append(messages, netlink.Message{
			Header: netlink.Header{Length: uint32(size), Type: kind}, Data: datagram[header:size:size],
		})
		datagram = datagram[min((size+3)&^3, len(datagram)):]
	}
	return messages
}
