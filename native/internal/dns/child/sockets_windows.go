package child

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/confine"
)

// exclusive is SO_EXCLUSIVEADDRUSE: without it every program may take a port of ours over.
const exclusive = ^windows.SO_REUSEADDR

// IsCall tells whether the arguments ask for the child: pairs of network and address follow the flag.
func IsCall(arguments []string) bool {
	return len(arguments) > 1 && len(arguments)%2 == 1 && arguments[0] == Flag
}

func run(arguments []string) error {
	if err := confine.Resolver(); err != nil {
		return err
	}
	packets, streams := []net.PacketConn{}, []net.Listener{}
	config := net.ListenConfig{Control: alone}
	for pair := range slices.Chunk(arguments[1:], 2) {
		network, at := pair[0], pair[1]
		if network == "udp" {
			packet, err := config.ListenPacket(context.Background(), network, at)
			if err != nil {
				return err
			}
			packets = append(packets, packet)
			continue
		}
		stream, err := config.Listen(context.Background(), network, at)
		if err != nil {
			return err
		}
		streams = append(streams, stream)
	}
	if _, err := os.Stdout.WriteString("\n"); err != nil {
		return err
	}
	return serve(line{}, packets, streams)
}

func alone(_, _ string, socket syscall.RawConn) error {
	var set error
	err := socket.Control(func(descriptor uintptr) {
		set = windows.SetsockoptInt(windows.Handle(descriptor), windows.SOL_SOCKET, exclusive, 1)
	})
	return errors.Join(err, set)
}

// line is the way to netd.
type line struct{}

func (line) Read(into []byte) (int, error)  { return os.Stdin.Read(into) }
func (line) Write(text []byte) (int, error) { return os.Stdout.Write(text) }

// Close ends the process: a read of a pipe cannot be broken off here.
func (line) Close() error {
	fmt.Fprintln(os.Stderr, "resolver child: a socket is broken")
	os.Exit(1)
	return nil
}
