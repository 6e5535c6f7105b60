package child

import (
	"net"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/confine"
)

// insideFlag says that the capabilities are gone already.
const insideFlag = "--resolver-child-inside"

// firstFile is the descriptor of the line to netd; the sockets follow it.
const firstFile = 3

// IsCall tells whether the arguments ask for the child.
func IsCall(arguments []string) bool {
	return len(arguments) == 2 && (arguments[0] == Flag || arguments[0] == insideFlag)
}

func run(arguments []string) error {
	count, err := strconv.ParseUint(arguments[1], 10, 8)
	if err != nil {
		return err
	}
	if arguments[0] == Flag {
		return confine.StartResolver("/proc/self/exe", []string{"sallyport-netd", insideFlag, arguments[1]})
	}
	line, err := fileConn(firstFile)
	if err != nil {
		return err
	}
	packets, streams := []net.PacketConn{}, []net.Listener{}
	for index := range int(count) {
		packet, stream, err := socketOf(firstFile + 1 + index)
		if err != nil {
			return err
		}
		if packet != nil {
			packets = append(packets, packet)
		} else {
			streams = append(streams, stream)
		}
	}
	// The kernel would show the link that was executed, "exe".
	_ = os.WriteFile("/proc/self/comm", []byte("sallyport-names"), 0)
	if err := confine.Resolver(); err != nil {
		return err
	}
	return serve(line, packets, streams)
}

func fileConn(descriptor int) (net.Conn, error) {
	file := os.NewFile(uintptr(descriptor), "netd")
	defer func() { _ = file.Close() }()
	return net.FileConn(file)
}

func socketOf(descriptor int) (net.PacketConn, net.Listener, error) {
	file := os.NewFile(uintptr(descriptor), "socket")
	defer func() { _ = file.Close() }()
	kind, err := unix.GetsockoptInt(descriptor, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, nil, err
	}
	if kind == unix.SOCK_DGRAM {
		packet, err := net.FilePacketConn(file)
		return packet, nil, err
	}
	stream, err := net.FileListener(file)
	return nil, stream, err
}
