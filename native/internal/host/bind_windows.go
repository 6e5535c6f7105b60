package host

import (
	"fmt"
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
	made, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(made, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	return made, err
})

func prepare(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{
		HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

func bind(command *exec.Cmd) error {
	held, err := job()
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false,
		uint32(command.Process.Pid))
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	if err := windows.AssignProcessToJobObject(held, process); err != nil {
		return fmt.Errorf("job: %w", err)
	}
	return nil
}
