//go:build linux

package confine

import (
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Places in struct seccomp_data; the lower half of an argument comes first on our processors.
const (
	placeNumber       = 0
	placeArchitecture = 4
	placeArgument     = 16
)

var pass = bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW}

// refuse is an ordinary failure to the program that tries.
func refuse(errno unix.Errno) bpf.Instruction {
	return bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(errno)}
}

func load(place uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: place, Size: 4} }

// when runs the steps where the value just loaded is this one, and skips them otherwise.
func when(value uint32, steps ...bpf.Instruction) []bpf.Instruction {
	skip := bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: value, SkipTrue: uint8(len(steps))}
	return append([]bpf.Instruction{skip}, steps...)
}

// each answers every number of the list with the same verdict.
func each(numbers []uint32, verdict bpf.Instruction) []bpf.Instruction {
	steps := []bpf.Instruction{}
	for _, number := range numbers {
		steps = append(steps, when(number, verdict)...)
	}
	return steps
}

// onlySockets ends the question about socket: the families pass, all others meet the error.
func onlySockets(families []uint32, errno unix.Errno) []bpf.Instruction {
	return when(unix.SYS_SOCKET, slices.Concat(
		[]bpf.Instruction{load(placeArgument)}, each(families, pass),
		[]bpf.Instruction{refuse(errno)})...)
}

// withoutClone3 hides the call whose flags lie in memory, where a filter cannot look; the C library
// falls back to clone.
func withoutClone3() []bpf.Instruction { return when(unix.SYS_CLONE3, refuse(unix.ENOSYS)) }

// filter is a profile behind what holds for all: a call of another processor's table, which no
// program of ours makes, ends the process. The number of the call is loaded for the profile.
func filter(profile ...[]bpf.Instruction) []bpf.Instruction {
	kill := bpf.RetConstant{Val: unix.SECCOMP_RET_KILL_PROCESS}
	head := []bpf.Instruction{
		load(placeArchitecture),
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: architecture, SkipTrue: 1},
		kill,
		load(placeNumber),
		bpf.JumpIf{Cond: bpf.JumpLessThan, Val: firstForeignCall, SkipTrue: 1},
		kill,
	}
	return append(head, slices.Concat(profile...)...)
}

// install puts the program on every thread, for good.
func install(program []bpf.Instruction) error {
	raw, err := bpf.Assemble(program)
	if err != nil {
		return fmt.Errorf("system call filter: %w", err)
	}
	code := make([]unix.SockFilter, len(raw))
	for index, step := range raw {
		code[index] = unix.SockFilter{Code: step.Op, Jt: step.Jt, Jf: step.Jf, K: step.K}
	}
	list := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	failed, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&list)))
	if errno != 0 {
		return fmt.Errorf("system call filter: %w", errno)
	}
	if failed != 0 {
		return fmt.Errorf("system call filter: thread %d refuses it", failed)
	}
	return nil
}
