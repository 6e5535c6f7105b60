package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// job ends every program of ours, and what those started, when this process ends in whatever way:
// the system closes its only handle then. This process stays outside: who ends the job ends the
// programs, not the service that starts them again.
var job = sync.OnceValues(func() (windows.Handle, error) {
	return newJob(windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
		LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE})
})

func newJob(basic windows.JOBOBJECT_BASIC_LIMIT_INFORMATION) (windows.Handle, error) {
	made, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{BasicLimitInformation: basic}
	_, err = windows.SetInformationJobObject(made, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return made, err
}

func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{
		HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

func bind(command *exec.Cmd) error {
	held, err := job()
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	return assign(held, command.Process)
}

// Alone has a program end with this process, or with the release, and start none itself.
func Alone(process *os.Process) (release func(), err error) {
	held, err := newJob(windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
		LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
			windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
		ActiveProcessLimit: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("job: %w", err)
	}
	if err := assign(held, process); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(held))
	}
	return func() { _ = windows.CloseHandle(held) }, nil
}

func assign(held windows.Handle, process *os.Process) error {
	opened, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false,
		uint32(process.Pid))
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	defer func() { _ = windows.CloseHandle(opened) }()
	if err := windows.AssignProcessToJobObject(held, opened); err != nil {
		return fmt.Errorf("job: %w", err)
	}
	return nil
}
