package main

import (
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/net/ipv4"
)

// smallResult counts the datagrams that came back.
type smallResult struct {
	Packets int     `json:"packets"`
	Lost    int     `json:"lost"`
	Seconds float64 `json:"seconds"`
}

const (
	smallBytes = 64
	underWay   = 256
	atOnce     = 64
	// After this silence the datagrams under way count as lost.
	patience = 50 * time.Millisecond
)

func messages() []ipv4.Message {
	list := make([]ipv4.Message, atOnce)
	for index := range list {
		list[index].Buffers = [][]byte{make([]byte, smallBytes)}
	}
	return list
}

// mirror sends every datagram back to where it came from.
func mirror(connection *net.UDPConn) {
	packets, list := ipv4.NewPacketConn(connection), messages()
	for {
		count, err := packets.ReadBatch(list, 0)
		if err != nil {
			return
		}
		for sent := 0; sent < count; {
			more, err := packets.WriteBatch(list[sent:count], 0)
			if err != nil {
				break // a device that lost its grant: its answers are refused
			}
			sent += more
		}
	}
}

// small keeps the same number of datagrams under way, so that the slowest part sets the rate and
// nothing is flooded.
func small(address string, length time.Duration) (smallResult, error) {
	dialed, err := net.Dial("udp", address)
	if err != nil {
		return smallResult{}, err
	}
	connection := dialed.(*net.UDPConn)
	defer func() { _ = connection.Close() }()
	packets, out, in := ipv4.NewPacketConn(connection), messages(), messages()
	result, started := smallResult{}, time.Now()
	for missing := underWay; time.Since(started) < length; {
		for missing > 0 {
			sent, err := packets.WriteBatch(out[:min(missing, atOnce)], 0)
			if err != nil {
				return result, err
			}
			missing -= sent
		}
		if err := connection.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return result, err
		}
		received, err := packets.ReadBatch(in, 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			result.Lost += underWay
			missing = underWay
			continue
		}
		if err != nil {
			return result, err
		}
		result.Packets += received
		missing = received
	}
	result.Seconds = time.Since(started).Seconds()
	return result, nil
}
