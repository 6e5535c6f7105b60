//go:build !windows

package host

import "os/exec"

// prepare is for systems on which the programs of a service that was killed live on.
func prepare(*exec.Cmd) error { return nil }
