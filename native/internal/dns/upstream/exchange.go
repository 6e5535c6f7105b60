//go:build linux || windows

// Package upstream carries one message to a resolver and its answer back, by UDP or TCP. Every
// exchange has a socket, a port and an id of its own, so that nobody off the path can guess them.
package upstream

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// ErrSilent means that no resolver of a list answered.
var ErrSilent = errors.New("no resolver answered")

// ErrTooLong means that a message does not fit its length field.
var ErrTooLong = errors.New("message too long")

const (
	// patience is how long one resolver is waited for before the next one is asked.
	patience = 1500 * time.Millisecond
	// sends is how often one resolver is asked by UDP within its patience.
	sends   = 2
	maxUDP  = 4096
	maxSize = 65535
)

// Accept judges an answer; what it refuses is taken for noise and the wait goes on.
type Accept func(answer []byte) bool

// Way is who is asked, one after the other, and the link that the questions leave by; empty: any.
type Way struct {
	Resolvers []netip.AddrPort
	Link      string
}

// UDP asks one resolver after the other until one gives an answer that is accepted.
func UDP(ctx context.Context, way Way, raw []byte, accept Accept) ([]byte, error) {
	return each(ctx, way.Resolvers, func(ctx context.Context, to netip.AddrPort) ([]byte, error) {
		connection, err := way.dial(ctx, "udp", to)
		if err != nil {
			return nil, err
		}
		return overUDP(ctx, connection, raw, accept)
	})
}

// TCP does the same by TCP.
func TCP(ctx context.Context, way Way, raw []byte, accept Accept) ([]byte, error) {
	return each(ctx, way.Resolvers, func(ctx context.Context, to netip.AddrPort) ([]byte, error) {
		connection, err := way.dial(ctx, "tcp", to)
		if err != nil {
			return nil, err
		}
		return overTCP(ctx, connection, raw, accept)
	})
}

func each(ctx context.Context, to []netip.AddrPort,
	ask func(context.Context, netip.AddrPort) ([]byte, error)) ([]byte, error) {
	failures := []error{ErrSilent}
	for _, resolver := range to {
		answer, err := ask(ctx, resolver)
		if err == nil {
			return answer, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", resolver, err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

func overUDP(ctx context.Context, connection net.Conn, raw []byte, accept Accept) ([]byte, error) {
	defer func() { _ = connection.Close() }()
	buffer := make([]byte, maxUDP)
	for range sends {
		if err := connection.SetDeadline(deadline(ctx, patience/sends)); err != nil {
			return nil, err
		}
		if _, err := connection.Write(raw); err != nil {
			return nil, err
		}
		var size int
		var err error
		for {
			if size, err = connection.Read(buffer); err != nil {
				break
			}
			if accept(buffer[:size]) {
				return buffer[:size], nil
			}
		}
		if !errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, ErrSilent
}

func overTCP(ctx context.Context, connection net.Conn, raw []byte, accept Accept) ([]byte, error) {
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(deadline(ctx, 2*patience)); err != nil {
		return nil, err
	}
	if err := WriteFrame(connection, raw); err != nil {
		return nil, err
	}
	answer, err := ReadFrame(connection)
	if err != nil {
		return nil, err
	}
	if !accept(answer) {
		return nil, errors.New("an answer to another question")
	}
	return answer, nil
}

func (w Way) dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{Timeout: patience, Control: w.bind}
	return dialer.DialContext(ctx, network, to.String())
}

func deadline(ctx context.Context, after time.Duration) time.Time {
	own := time.Now().Add(after)
	if outer, set := ctx.Deadline(); set && outer.Before(own) {
		return outer
	}
	return own
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

// WriteFrame writes a message with the length in front that TCP wants (RFC 1035, 4.2.2).
func WriteFrame(to io.Writer, raw []byte) error {
	if len(raw) > maxSize {
		return ErrTooLong
	}
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(raw)), uint16(len(raw)))
	_, err := to.Write(append(framed, raw...))
	return err
}

// ReadFrame reads one message with its length in front.
func ReadFrame(from io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	raw := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(from, raw)
	return raw, err
}
