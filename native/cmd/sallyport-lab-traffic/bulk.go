package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// bulkResult is what reached the server, and the time from the first byte to the last.
type bulkResult struct {
	Bytes   uint64  `json:"bytes"`
	Seconds float64 `json:"seconds"`
}

const chunkBytes = 256 << 10

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return err
	}
	go mirror(packets.(*net.UDPConn))
	fmt.Println(`{"message":"listening"}`)
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go count(connection.(*net.TCPConn))
	}
}

// count answers bytes and nanoseconds once the sender has ended its half.
func count(connection *net.TCPConn) {
	defer func() { _ = connection.Close() }()
	buffer, total := make([]byte, chunkBytes), uint64(0)
	var first, last time.Time
	for {
		size, err := connection.Read(buffer)
		if size > 0 {
			last = time.Now()
			if total == 0 {
				first = last
			}
			total += uint64(size)
		}
		if err != nil {
			break
		}
	}
	answer := binary.BigEndian.AppendUint64(nil, total)
	answer = binary.BigEndian.AppendUint64(answer, uint64(last.Sub(first)))
	_, _ = connection.Write(answer)
}

func bulk(address string, length time.Duration) (bulkResult, error) {
	dialed, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return bulkResult{}, err
	}
	connection := dialed.(*net.TCPConn)
	defer func() { _ = connection.Close() }()
	if err := connection.SetWriteDeadline(time.Now().Add(length)); err != nil {
		return bulkResult{}, err
	}
	for chunk := make([]byte, chunkBytes); ; {
		if _, err := connection.Write(chunk); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			return bulkResult{}, err
		}
	}
	if err := connection.CloseWrite(); err != nil {
		return bulkResult{}, err
	}
	answer := make([]byte, 16)
	if err := connection.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return bulkResult{}, err
	}
	if _, err := io.ReadFull(connection, answer); err != nil {
		return bulkResult{}, err
	}
	return bulkResult{
		Bytes:   binary.BigEndian.Uint64(answer),
		Seconds: time.Duration(binary.BigEndian.Uint64(answer[8:])).Seconds(),
	}, nil
}
