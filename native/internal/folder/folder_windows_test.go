package folder

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// everybodys makes a folder into which everybody may write.
func everybodys(t *testing.T, path string) {
	t.Helper()
	descriptor, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;WD)")
	if err != nil {
		t.Fatal(err)
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	if err := windows.CreateDirectory(name, &attributes); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderThatWeMadeIsOurs(t *testing.T) {
	for _, rights := range []Rights{Private, Public} {
		path := filepath.Join(t.TempDir(), "Größe und Raum")
		for range 2 { // the second finds what the first made
			if err := Make(path, rights); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(path, "kept"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Make(path, rights); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(path, "kept")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAttackPlantedFolderIsPutAside(t *testing.T) {
	above := t.TempDir()
	path := filepath.Join(above, "Sallyport")
	everybodys(t, path)
	if err := os.WriteFile(filepath.Join(path, "planted"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if Check(path, Private) == nil {
		t.Fatal("everybody's folder is taken for ours")
	}
	if err := Make(path, Private); err != nil {
		t.Fatal(err)
	}
	if found, err := os.ReadDir(path); err != nil || len(found) != 0 {
		t.Fatal(found, err)
	}
	aside, err := filepath.Glob(filepath.Join(above, "Sallyport.untrusted-*"))
	if err != nil || len(aside) != 1 {
		t.Fatal(aside, err)
	}
}

// giveToEverybody says anew what Wine takes for less when a folder or file is made.
func giveToEverybody(t *testing.T, path string) {
	t.Helper()
	descriptor, err := windows.SecurityDescriptorFromString("D:P(A;OICI;FA;;;WD)")
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := descriptor.DACL()
	if err != nil {
		t.Fatal(err)
	}
	if err := windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION, nil, nil, list, nil); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderOthersMayChangeIsNotClosed(t *testing.T) {
	open, shut := filepath.Join(t.TempDir(), "open"), filepath.Join(t.TempDir(), "shut")
	everybodys(t, open)
	giveToEverybody(t, open)
	if Closed(open) == nil {
		t.Error("everybody's folder is taken for closed")
	}
	if err := Make(shut, Public); err != nil {
		t.Fatal(err)
	}
	if err := Closed(shut); err != nil {
		t.Error(err)
	}
	inside := filepath.Join(open, "library.dll")
	if err := os.WriteFile(inside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	giveToEverybody(t, inside)
	if Closed(inside) == nil {
		t.Error("everybody's file is taken for closed")
	}
}
