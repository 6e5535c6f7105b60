// Package fault is the closed list of refusals that netd answers with.
package fault

import (
	"errors"
	"fmt"
	"syscall"
)

// Code is stable: agents act on it.
type Code string

// The codes of the interface.
const (
	BadRequest   Code = "bad_request"
	BadSignature Code = "bad_signature"
	Ceiling      Code = "ceiling"
	Busy         Code = "busy"
	Unsupported  Code = "unsupported"
	Permission   Code = "permission"
	Kernel       Code = "kernel"
	Conflict     Code = "conflict"
	NoSpace      Code = "no_space"
	ReadOnly     Code = "read_only"
)

// Fault says what was refused (Code), where (At) and why (Detail, without secrets).
type Fault struct {
	Code   Code
	At     string
	Detail string
	cause  error
}

func (f *Fault) Error() string { return fmt.Sprintf("%s at %s: %s", f.Code, f.At, f.Detail) }

// Unwrap gives the cause, so that errors.Is sees system errors.
func (f *Fault) Unwrap() error { return f.cause }

// New makes a refusal with a fixed cause in words.
func New(code Code, at, format string, args ...any) *Fault {
	return &Fault{Code: code, At: at, Detail: fmt.Sprintf(format, args...)}
}

// Wrap makes a refusal from an error; a disk that is full or read-only keeps its own code whoever met it.
func Wrap(code Code, at string, err error) *Fault {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = NoSpace
	}
	if errors.Is(err, syscall.EROFS) {
		code = ReadOnly
	}
	return &Fault{Code: code, At: at, Detail: err.Error(), cause: err}
}

// From finds the refusal in an error chain; anything else counts as a failure of the kernel side.
func From(err error) *Fault {
	var found *Fault
	if errors.As(err, &found) {
		return found
	}
	return Wrap(Kernel, "kernel", err)
}
