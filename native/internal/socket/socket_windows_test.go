package socket

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/peercred"
)

func listening(t *testing.T, name string, access Access) net.Listener {
	t.Helper()
	in, err := Listen(name, access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

// call opens the pipe and says one byte.
func call(t *testing.T, name string) windows.Handle {
	t.Helper()
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil,
		windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = windows.CloseHandle(pipe) })
	var count uint32
	if err := windows.WriteFile(pipe, []byte("{"), &count, nil); err != nil {
		t.Fatal(err)
	}
	return pipe
}

func accepted(t *testing.T, in net.Listener) peercred.Peer {
	t.Helper()
	caller, err := in.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	peer, err := peercred.Of(caller)
	if err != nil {
		t.Fatal(err)
	}
	return peer
}

func TestAnAdministratorIsKnownByToken(t *testing.T) {
	name := `\\.\pipe\sallyport-test-token`
	in := listening(t, name, Access{Everybody: true})
	call(t, name)
	peer := accepted(t, in)
	if peer.UID != 0 || peer.PID != int32(windows.GetCurrentProcessId()) || peer.Account == "" {
		t.Fatalf("%+v", peer)
	}
}

func TestAttackPipeNobodyComesFromTheNetwork(t *testing.T) {
	if pipeMode&windows.PIPE_REJECT_REMOTE_CLIENTS == 0 {
		t.Fatal("callers from the network are let in")
	}
	for name, wanted := range map[string]string{
		"everybody": "D:P(D;;GA;;;NU)(A;;0x12019b;;;AU)(A;;GA;;;SY)(A;;GA;;;BA)",
		"owners":    "D:P(A;;GA;;;SY)(A;;GA;;;BA)",
	} {
		path := `\\.\pipe\sallyport-test-` + name
		listening(t, path, Access{Everybody: name == "everybody"})
		descriptor, err := windows.GetSecurityInfo(call(t, path), windows.SE_KERNEL_OBJECT,
			windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			t.Fatal(err)
		}
		if descriptor.String() != wanted {
			t.Errorf("%s, not %s", descriptor, wanted)
		}
	}
}

// Wine lets a second server in, so only the words were seen there, never the refusal.
func TestAttackWhoServedAPipeBeforeUsIsNamed(t *testing.T) {
	const name = `\\.\pipe\sallyport-test-holder`
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		t.Fatal(err)
	}
	if words := holder(path); words != "" {
		t.Fatal("nobody serves it", words)
	}
	listening(t, name, Access{Everybody: true})
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := holder(path)
	if !strings.Contains(words, strconv.Itoa(os.Getpid())) || !strings.HasSuffix(words, filepath.Base(own)+")") {
		t.Fatal(words)
	}
}
