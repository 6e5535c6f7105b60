package names

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/confine"
	"sallyport.dev/netd/internal/dns/child"
	"sallyport.dev/netd/internal/host"
	"sallyport.dev/netd/internal/systemdns"
)

// networks are what a child serves.
var networks = []string{"udp", "tcp"}

// resolverToken is what a child may do.
var resolverToken = confine.ResolverToken

// startTime is how long a child may take to hold its sockets.
const startTime = 10 * time.Second

// pipes are the two ends of the line that a child has as its input and output. Its end is told by the
// end of what it writes: a read of a pipe cannot be broken off here.
type pipes struct {
	io.Reader
	io.WriteCloser
}

// start has a new child bind its sockets, for which no rights are needed here.
func start(addresses []netip.Addr, log *slog.Logger) (*process, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	token, err := resolverToken()
	if err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	defer func() { _ = token.Close() }()
	arguments := []string{child.Flag}
	for _, address := range addresses {
		for _, network := range networks {
			at := netip.AddrPortFrom(address, systemdns.Port)
			arguments = append(arguments, network, at.String())
		}
	}
	command := exec.Command(own, arguments...)
	// Sockets need to know where the system is.
	command.Env = []string{"SystemRoot=" + os.Getenv("SystemRoot")}
	command.Dir = filepath.Dir(own)
	command.Stderr = complaint{log}
	command.SysProcAttr = &syscall.SysProcAttr{
		Token: syscall.Token(token), HideWindow: true, CreationFlags: windows.DETACHED_PROCESS}
	input, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("resolver child: %w", err), input.Close())
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("resolver child: %w", err)
	}
	made := newProcess(addresses, command, pipes{output, input})
	if err := made.begin(output); err != nil {
		made.kill()
		return nil, fmt.Errorf("resolver child: %w: %s", err, made.wait())
	}
	return made, nil
}

// begin returns when the child holds its sockets.
func (p *process) begin(output io.Reader) error {
	release, err := host.Alone(p.command.Process)
	if err != nil {
		return err
	}
	p.release = release
	late := time.AfterFunc(startTime, p.kill)
	defer late.Stop()
	// Exactly this, and not the beginning of its first line.
	bound := make([]byte, 1)
	if _, err := io.ReadFull(output, bound); err != nil {
		return fmt.Errorf("no sockets at %v; another program may hold the port", p.addresses)
	}
	return nil
}
