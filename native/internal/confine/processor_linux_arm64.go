package confine

import "golang.org/x/sys/unix"

const (
	architecture = unix.AUDIT_ARCH_AARCH64
	// There is no other table on this processor.
	firstForeignCall = 1 << 31
)

var deniedHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}

var allowedHere = []uint32{}
