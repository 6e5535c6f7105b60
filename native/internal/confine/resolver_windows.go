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

var createRestrictedToken = windows.NewLazySystemDLL("advapi32.dll").NewProc("CreateRestrictedToken")

// ResolverToken is our own token without privileges and without the administrators' group, and of low
// integrity: with it nothing of the system's or of a person's can be written. Close it.
func ResolverToken() (windows.Token, error) {
	var own, lesser windows.Token
	const rights = windows.TOKEN_DUPLICATE | windows.TOKEN_ASSIGN_PRIMARY | windows.TOKEN_QUERY |
		windows.TOKEN_ADJUST_DEFAULT
	if err := windows.OpenProcessToken(windows.CurrentProcess(), rights, &own); err != nil {
		return 0, fmt.Errorf("token: %w", err)
	}
	defer func() { _ = own.Close() }()
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return 0, fmt.Errorf("token: %w", err)
	}
	denied := windows.SIDAndAttributes{Sid: administrators}
	surplus, err := privilegesOf(own)
	if err != nil {
		return 0, err
	}
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

// Resolver fails where this process has a privilege that not everybody has.
func Resolver() error {
	surplus, err := privilegesOf(windows.GetCurrentProcessToken())
	if err == nil && len(surplus) > 0 {
		err = fmt.Errorf("%d privileges are left", len(surplus))
	}
	return err
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
