//go:build linux

// Package watch listens to what the kernel says by itself: changes of nftables, links, addresses,
// rules and routes. It only reports; acting is the caller's.
package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/mdlayher/netlink"
)

const (
	bufferBytes = 8 << 20
	retryPause  = 200 * time.Millisecond
)

// subscription is one multicast socket that is opened again after every failure. onOpen is called
// whenever a socket begins to listen: what is read then misses nothing. onLost follows it when there
// was a socket before: whatever came in between was missed.
type subscription struct {
	family  int
	groups  []uint32
	receive func([]netlink.Message)
	onOpen  func()
	onLost  func()
}

// run blocks until the context ends; it fails only when the first socket cannot be opened.
func (s subscription) run(ctx context.Context) error {
	conn, err := s.open()
	if err != nil {
		return err
	}
	for {
		err := s.listen(ctx, conn)
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
	s.onOpen()
	return conn, nil
}

// listen ends with the context or with the first error, of which ENOBUFS is the usual one.
func (s subscription) listen(ctx context.Context, conn *netlink.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		messages, err := conn.Receive()
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		s.receive(messages)
	}
}
