package names

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/systemdns"
)

const (
	bindTime  = 2 * time.Second
	bindPause = 10 * time.Millisecond
)

// start binds the sockets and gives them to a new child. Addresses that do not exist yet are fine.
func start(addresses []netip.Addr, log *slog.Logger) (*process, error) {
	files := []*os.File{}
	defer func() {
		for _, file := range files {
			_ = file.Close()
		}
	}()
	ours, theirs, err := pair()
	if err != nil {
		return nil, err
	}
	files = append(files, theirs)
	for _, address := range addresses {
		bound, err := bindSoon(netip.AddrPortFrom(address, systemdns.Port))
		files = append(files, bound...)
		if err != nil {
			return nil, errors.Join(err, ours.Close())
		}
	}
	command := exec.Command("/proc/self/exe", child.Flag, strconv.Itoa(len(files)-1))
	command.Env, command.Dir = []string{}, "/"
	command.ExtraFiles = files
	command.Stderr = complaint{log}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("resolver child: %w", err), ours.Close())
	}
	return newProcess(addresses, command, ours), nil
}

func pair() (ours net.Conn, theirs *os.File, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("resolver child: %w", err)
	}
	file := os.NewFile(uintptr(ends[0]), "child")
	defer func() { _ = file.Close() }()
	theirs = os.NewFile(uintptr(ends[1]), "netd")
	if ours, err = net.FileConn(file); err != nil {
		return nil, nil, errors.Join(err, theirs.Close())
	}
	return ours, theirs, nil
}

// bindSoon waits a moment for the child of a netd that was killed: it ends when its line does.
func bindSoon(at netip.AddrPort) ([]*os.File, error) {
	deadline := time.Now().Add(bindTime)
	for {
		files, err := bind(at)
		if !errors.Is(err, unix.EADDRINUSE) || time.Now().After(deadline) {
			return files, err
		}
		for _, file := range files {
			_ = file.Close()
		}
		time.Sleep(bindPause)
	}
}

// bind opens UDP and TCP on one address.
func bind(at netip.AddrPort) ([]*os.File, error) {
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		return errors.Join(raw.Control(func(descriptor uintptr) { freely(int(descriptor), at.Addr()) }))
	}}
	files := []*os.File{}
	packets, err := config.ListenPacket(context.Background(), "udp", at.String())
	if err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	defer func() { _ = packets.Close() }()
	file, err := packets.(*net.UDPConn).File()
	if err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	files = append(files, file)
	streams, err := config.Listen(context.Background(), "tcp", at.String())
	if err != nil {
		return files, fmt.Errorf("resolver child: %w", err)
	}
	defer func() { _ = streams.Close() }()
	file, err = streams.(*net.TCPListener).File()
	if err != nil {
		return files, fmt.Errorf("resolver child: %w", err)
	}
	return append(files, file), nil
}

// freely lets a socket be bound before its address is there; where that is refused, the bind says so.
func freely(descriptor int, address netip.Addr) {
	if address.Is4() {
		_ = unix.SetsockoptInt(descriptor, unix.IPPROTO_IP, unix.IP_FREEBIND, 1)
		return
	}
	_ = unix.SetsockoptInt(descriptor, unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1)
}
