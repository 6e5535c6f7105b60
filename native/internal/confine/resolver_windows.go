// Package confine takes from our processes what they never need.
package confine

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// changeNotify is the privilege that everybody has: to pass through folders.
const changeNotify = 23

var (
	system                = windows.NewLazySystemDLL("advapi32.dll")
	createRestrictedToken = system.NewProc("CreateRestrictedToken")
	logonUser             = system.NewProc("LogonUserW")
)

// ResolverToken is one of LocalService, lessened: with it nothing can be read that is the system's or a
// person's alone, our own state among it. There is none in its place where the system gives no such
// account. Close it.
func ResolverToken() (windows.Token, error) {
	account, err := localService()
	if err != nil {
		return 0, fmt.Errorf("account of the resolver child: %w", err)
	}
	defer func() { _ = account.Close() }()
	return Lessened(account)
}

// localService needs a caller that is the system, and no password.
func localService() (windows.Token, error) {
	const asService, usualProvider = 5, 0
	name, err := windows.UTF16PtrFromString("LocalService")
	if err != nil {
		return 0, err
	}
	domain, err := windows.UTF16PtrFromString("NT AUTHORITY")
	if err != nil {
		return 0, err
	}
	var token windows.Token
	if done, _, err := logonUser.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(domain)), 0,
		asService, usualProvider, uintptr(unsafe.Pointer(&token))); done == 0 {
		return 0, err
	}
	// Its word is not enough: Wine says yes and gives none.
	if token == 0 {
		return 0, errors.New("the system gave no token")
	}
	user, err := token.GetTokenUser()
	if err == nil && !user.User.Sid.IsWellKnown(windows.WinLocalServiceSid) {
		err = fmt.Errorf("the system gave %s", user.User.Sid)
	}
	if err != nil {
		return 0, errors.Join(err, token.Close())
	}
	return token, nil
}

// Lessened is a token without privileges and without the administrators' group, and of low integrity: with
// it nothing of the system's or of a person's can be written. Close it.
func Lessened(own windows.Token) (windows.Token, error) {
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return 0, fmt.Errorf("token: %w", err)
	}
	denied := windows.SIDAndAttributes{Sid: administrators}
	surplus, err := privilegesOf(own)
	if err != nil {
		return 0, err
	}
	var lesser windows.Token
	if made, _, err := createRestrictedToken.Call(uintptr(own), 0, 1,
		uintptr(unsafe.Pointer(&denied)), uintptr(len(surplus)),
		uintptr(unsafe.Pointer(unsafe.SliceData(surplus))), 0, 0,
		uintptr(unsafe.Pointer(&lesser))); made == 0 {
		return 0, fmt.Errorf("restricted token: %w", err)
	}
	if err := lower(lesser); err != nil {
		return 0, errors.Join(fmt.Errorf("low integrity: %w", err), lesser.Close())
	}
	return lesser, nil
}

func lower(token windows.Token) error {
	low, err := windows.CreateWellKnownSid(windows.WinLowLabelSid)
	if err != nil {
		return err
	}
	label := windows.Tokenmandatorylabel{
		Label: windows.SIDAndAttributes{Sid: low, Attributes: windows.SE_GROUP_INTEGRITY}}
	return windows.SetTokenInformation(token, windows.TokenIntegrityLevel,
		(*byte)(unsafe.Pointer(&label)), label.Size())
}

// Resolver fails where this process has a privilege that not everybody has, or is an administrator or the
// system itself.
func Resolver() error {
	own := windows.GetCurrentProcessToken()
	surplus, err := privilegesOf(own)
	if err != nil {
		return err
	}
	if len(surplus) > 0 {
		return fmt.Errorf("%d privileges are left", len(surplus))
	}
	user, err := own.GetTokenUser()
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	// 0 is the token of whoever asks.
	administers, err := windows.Token(0).IsMember(administrators)
	if err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	if administers || user.User.Sid.IsWellKnown(windows.WinLocalSystemSid) {
		return fmt.Errorf("%s has too many rights", user.User.Sid)
	}
	return nil
}

// privilegesOf lists those that not everybody has, enabled or not.
func privilegesOf(token windows.Token) ([]windows.LUIDAndAttributes, error) {
	const enough = 4 << 10
	raw := make([]byte, enough)
	var size uint32
	if err := windows.GetTokenInformation(token, windows.TokenPrivileges, &raw[0], enough,
		&size); err != nil {
		return nil, fmt.Errorf("privileges: %w", err)
	}
	held := (*windows.Tokenprivileges)(unsafe.Pointer(&raw[0])).AllPrivileges()
	return slices.DeleteFunc(slices.Clone(held), func(one windows.LUIDAndAttributes) bool {
		return one.Luid == windows.LUID{LowPart: changeNotify}
	}), nil
}
