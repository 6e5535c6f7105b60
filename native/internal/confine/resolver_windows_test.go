package confine

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ownLessened is what is left of the token of whoever runs these tests.
func ownLessened(t *testing.T) windows.Token {
	t.Helper()
	var own windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS,
		&own); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = own.Close() }()
	lesser, err := Lessened(own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lesser.Close() })
	return lesser
}

func TestAttackTheChildHasNeverTheAccountOfNetd(t *testing.T) {
	token, err := ResolverToken()
	if err != nil {
		t.Logf("no token at all, so no child: %v", err) // Wine, or a caller that is not the system
		return
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil || !user.User.Sid.IsWellKnown(windows.WinLocalServiceSid) {
		t.Fatal(user.User.Sid, err)
	}
}

func isWine() bool {
	return windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil
}

func TestALessenedTokenHasNoPrivilegeNoAdministratorsAndLowIntegrity(t *testing.T) {
	lesser := ownLessened(t)
	if left, err := privilegesOf(lesser); err != nil || len(left) != 0 {
		t.Fatal(left, err)
	}
	raw, size := make([]byte, 256), uint32(0)
	if err := windows.GetTokenInformation(lesser, windows.TokenIntegrityLevel, &raw[0], uint32(len(raw)),
		&size); err != nil {
		t.Fatal(err)
	}
	label := (*windows.Tokenmandatorylabel)(unsafe.Pointer(&raw[0]))
	// Wine says that it takes a label, and keeps its own.
	if low := label.Label.Sid.IsWellKnown(windows.WinLowLabelSid); !low && !isWine() {
		t.Fatal(label.Label.Sid)
	}
	var borrowed windows.Token
	if err := windows.DuplicateTokenEx(lesser, windows.TOKEN_QUERY, nil, windows.SecurityIdentification,
		windows.TokenImpersonation, &borrowed); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = borrowed.Close() }()
	administrators, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		t.Fatal(err)
	}
	if administers, err := borrowed.IsMember(administrators); err != nil || administers {
		t.Fatal(administers, err)
	}
}

// Whoever runs these tests administers the machine, as every user of Wine does.
func TestAChildWithRightsRefusesToServe(t *testing.T) {
	if Resolver() == nil {
		t.Fatal("an administrator serves names")
	}
}
