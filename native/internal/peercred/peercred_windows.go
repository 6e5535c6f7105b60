package peercred

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var impersonateClient = windows.NewLazySystemDLL("advapi32.dll").NewProc("ImpersonateNamedPipeClient")

// Conn is a pipe whose caller is known.
type Conn struct {
	net.Conn
	peer  Peer
	begun []byte // read already, to know who wrote it
}

// Read gives back what was read before the caller was known.
func (c *Conn) Read(into []byte) (int, error) {
	if len(c.begun) > 0 && len(into) > 0 {
		count := copy(into, c.begun)
		c.begun = c.begun[count:]
		return count, nil
	}
	return c.Conn.Read(into)
}

// Meet learns who a caller is. The kernel tells it only of somebody who has said something, so one
// that stays silent for longer than within is refused. The token that opened the pipe counts: a
// process number may be another's by now.
func Meet(conn net.Conn, within time.Duration) (*Conn, error) {
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	first := make([]byte, 1)
	if _, err := conn.Read(first); err != nil {
		return nil, err
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	handle, err := handleOf(conn)
	if err != nil {
		return nil, err
	}
	peer, err := caller(handle)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: conn, peer: peer, begun: first}, nil
}

// Of tells what Meet has learnt.
func Of(conn net.Conn) (Peer, error) {
	known, ok := conn.(*Conn)
	if !ok {
		return Peer{}, errors.New("a caller that nobody met")
	}
	return known.peer, nil
}

// OfServer tells who serves a pipe that we opened: UID is 0 for our own account.
func OfServer(conn net.Conn) (Peer, error) {
	handle, err := handleOf(conn)
	if err != nil {
		return Peer{}, err
	}
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(handle, &pid); err != nil {
		return Peer{}, err
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return Peer{}, err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return Peer{}, err
	}
	defer func() { _ = token.Close() }()
	server, err := token.GetTokenUser()
	if err != nil {
		return Peer{}, err
	}
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return Peer{}, err
	}
	return peerOf(server.User.Sid, pid, server.User.Sid.Equals(own.User.Sid)), nil
}

func handleOf(conn net.Conn) (windows.Handle, error) {
	pipe, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return 0, errors.New("not a pipe")
	}
	return windows.Handle(pipe.Fd()), nil
}

// caller borrows the caller's identity for as long as it takes to read its token.
func caller(pipe windows.Handle) (Peer, error) {
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(pipe, &pid); err != nil {
		return Peer{}, fmt.Errorf("client's process: %w", err)
	}
	token, err := clientToken(pipe)
	if err != nil {
		return Peer{}, err
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return Peer{}, fmt.Errorf("client's account: %w", err)
	}
	administers, err := isAdministrator(token, user.User.Sid)
	if err != nil {
		return Peer{}, fmt.Errorf("client's groups: %w", err)
	}
	return peerOf(user.User.Sid, pid, administers), nil
}

func clientToken(pipe windows.Handle) (windows.Token, error) {
	var token windows.Token
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		if done, _, err := impersonateClient.Call(uintptr(pipe)); done == 0 {
			runtime.UnlockOSThread()
			result <- fmt.Errorf("client's token: %w", err)
			return
		}
		err := windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_QUERY, true, &token)
		if windows.RevertToSelf() == nil {
			runtime.UnlockOSThread()
		} // else the thread ends with this goroutine, and the borrowed identity with it
		result <- err
	}()
	return token, <-result
}

// isAdministrator counts only groups that are in force: before the consent prompt an administrator
// is a user like others.
func isAdministrator(token windows.Token, user *windows.SID) (bool, error) {
	if user.IsWellKnown(windows.WinLocalSystemSid) {
		return true, nil
	}
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return false, err
	}
	return token.IsMember(administrators)
}

func peerOf(account *windows.SID, pid uint32, administers bool) Peer {
	peer := Peer{PID: int32(pid), Account: account.String()}
	if !administers {
		peer.UID = numberOf(peer.Account)
	}
	return peer
}

// numberOf stands in for the number that accounts have elsewhere: below 2^53, as JSON readers want
// it, and never 0.
func numberOf(account string) uint64 {
	digest := sha256.Sum256([]byte(account))
	return binary.BigEndian.Uint64(digest[:8])>>12 | 1
}

// UserName is the account's name with its domain, or its SID where it has none.
func (p Peer) UserName() string {
	account, err := windows.StringToSid(p.Account)
	if err != nil {
		return p.Account
	}
	name, domain, _, err := account.LookupAccount("")
	if err != nil {
		return p.Account
	}
	return domain + `\` + name
}

// Executable is the program of the process, empty when it is gone or not ours to see. It is for
// people: the process may be another by now.
func (p Peer) Executable() string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(p.PID))
	if err != nil {
		return ""
	}
	defer func() { _ = windows.CloseHandle(process) }()
	path := make([]uint16, windows.MAX_LONG_PATH)
	length := uint32(len(path))
	err = windows.QueryFullProcessImageName(process, 0, (*uint16)(unsafe.Pointer(&path[0])), &length)
	if err != nil {
		return ""
	}
	return windows.UTF16ToString(path[:length])
}
