package peercred

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

var createRestrictedToken = windows.NewLazySystemDLL("advapi32.dll").NewProc("CreateRestrictedToken")

// borrowed is what a server gets of a caller: a token to look at, of this account, without the rights
// of a group where one is named.
func borrowed(t *testing.T, without *windows.SID) windows.Token {
	t.Helper()
	var own, filtered, token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS,
		&own); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = own.Close() }()
	denied, count := windows.SIDAndAttributes{Sid: without}, uintptr(0)
	if without != nil {
		count = 1
	}
	made, _, err := createRestrictedToken.Call(uintptr(own), 0, count,
		uintptr(unsafe.Pointer(&denied)), 0, 0, 0, 0, uintptr(unsafe.Pointer(&filtered)))
	if made == 0 {
		t.Fatal(err)
	}
	defer func() { _ = filtered.Close() }()
	if err := windows.DuplicateTokenEx(filtered, windows.TOKEN_QUERY, nil,
		windows.SecurityIdentification, windows.TokenImpersonation, &token); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = token.Close() })
	return token
}

// Whoever runs these tests administers the machine, as every user of Wine does.
func TestAttackAdministratorBeforeTheConsentPromptIsAUser(t *testing.T) {
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		token windows.Token
		want  bool
	}{{borrowed(t, nil), true}, {borrowed(t, administrators), false}} {
		user, err := one.token.GetTokenUser()
		if err != nil {
			t.Fatal(err)
		}
		administers, err := isAdministrator(one.token, user.User.Sid)
		if err != nil || administers != one.want {
			t.Fatal(administers, err)
		}
		peer := peerOf(user.User.Sid, 7, administers)
		if (peer.UID == 0) != one.want || peer.UID >= 1<<53 || peer.Account != user.User.Sid.String() {
			t.Fatalf("%+v", peer)
		}
	}
}

func TestTheSystemIsAnAdministratorAndASIDHasOneNumber(t *testing.T) {
	system, err := windows.CreateWellKnownSid(windows.WinLocalSystemSid)
	if err != nil {
		t.Fatal(err)
	}
	if administers, err := isAdministrator(borrowed(t, nil), system); err != nil || !administers {
		t.Fatal(administers, err)
	}
	one, other := numberOf("S-1-5-21-1-2-3-1001"), numberOf("S-1-5-21-1-2-3-1002")
	if one == 0 || one == other || one != numberOf("S-1-5-21-1-2-3-1001") {
		t.Fatal(one, other)
	}
}
