package splice

import (
	"context"
	"errors"
	"net"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// ownersOnly is what Node cannot say of the pipe that it makes: it lets everybody read.
const ownersOnly = "D:P(A;;GA;;;SY)(A;;GA;;;BA)"

// dial lets whoever serves the pipe know nothing of us but that we are there, and closes the pipe to
// everybody else.
func dial(ctx context.Context, path string) (net.Conn, error) {
	access := uint32(windows.GENERIC_READ | windows.GENERIC_WRITE | windows.WRITE_DAC)
	agent, err := winio.DialPipeAccessImpLevel(ctx, path, access, winio.PipeImpLevelAnonymous)
	if err != nil {
		return nil, err
	}
	if err := closeToOthers(agent); err != nil {
		return nil, errors.Join(err, agent.Close())
	}
	return agent, nil
}

func closeToOthers(agent net.Conn) error {
	pipe, ok := agent.(interface{ Fd() uintptr })
	if !ok {
		return errors.New("not a pipe")
	}
	descriptor, err := windows.SecurityDescriptorFromString(ownersOnly)
	if err != nil {
		return err
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		return err
	}
	return windows.SetSecurityInfo(windows.Handle(pipe.Fd()), windows.SE_KERNEL_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, list,
		nil)
}
