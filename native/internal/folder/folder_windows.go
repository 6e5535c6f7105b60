// Package folder makes and checks folders of the service on Windows: whoever may write into them, or
// made them before us, could have us read or write what is theirs.
package folder

import (
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Rights is who may look into a folder; only the system and administrators may write.
type Rights string

// The rights.
const (
	// Private folders are open to the system and administrators alone.
	Private Rights = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
	// Public ones may be read by every user of the machine.
	Public Rights = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
)

// reading is what a user may do in a public folder: read, list and pass through.
const reading = windows.FILE_GENERIC_READ | windows.FILE_EXECUTE | windows.SYNCHRONIZE

// Make makes a folder with these rights from its first moment on. One that is there but somebody
// else's is put aside under another name, never used.
func Make(path string, rights Rights) error {
	_, err := os.Lstat(path)
	if err == nil {
		if Check(path, rights) == nil {
			return nil
		}
		aside := fmt.Sprintf("%s.untrusted-%d", path, time.Now().UnixMilli())
		if err := os.Rename(path, aside); err != nil {
			return fmt.Errorf("%s is not ours alone: %w", path, err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	descriptor, err := windows.SecurityDescriptorFromString(string(rights))
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: descriptor}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	if err := windows.CreateDirectory(name, &attributes); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return nil
}

// Check tells why a folder or file is not ours alone; a link never is.
func Check(path string, rights Rights) error {
	owner, list, err := rightsOf(path)
	if err != nil {
		return err
	}
	if !isOurs(owner) {
		return fmt.Errorf("%s belongs to %s", path, owner)
	}
	return checkList(path, list, rights)
}

func rightsOf(path string) (*windows.SID, *windows.ACL, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is a link", path)
	}
	descriptor, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, nil, fmt.Errorf("rights of %s: %w", path, err)
	}
	owner, _, err := descriptor.Owner()
	if err != nil {
		return nil, nil, fmt.Errorf("owner of %s: %w", path, err)
	}
	list, _, err := descriptor.DACL()
	if err != nil || list == nil {
		return nil, nil, fmt.Errorf("%s is open to everybody", path)
	}
	return owner, list, nil
}

// changing is what nobody else may do to a file that we run: write, delete, take over.
const changing = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.FILE_WRITE_EA |
	windows.FILE_WRITE_ATTRIBUTES | fileDeleteChild | windows.DELETE | windows.WRITE_DAC |
	windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

const fileDeleteChild = 0x40

// installer is the account of Windows that owns what belongs to the system.
const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// Closed tells why others could change a folder or file that we run programs from; a link never will do.
func Closed(path string) error {
	owner, list, err := rightsOf(path)
	if err != nil {
		return err
	}
	if !isOurs(owner) && owner.String() != installer {
		return fmt.Errorf("%s belongs to %s", path, owner)
	}
	for index := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, index, &entry); err != nil {
			return fmt.Errorf("rights of %s: %w", path, err)
		}
		denies := entry.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE
		if denies || entry.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 {
			continue
		}
		account := (*windows.SID)(unsafe.Pointer(&entry.SidStart))
		allows := entry.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE
		if !allows || entry.Mask&changing != 0 && !isOurs(account) && account.String() != installer {
			return fmt.Errorf("%s may be changed by %s", path, account)
		}
	}
	return nil
}

func checkList(path string, list *windows.ACL, rights Rights) error {
	for index := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, index, &entry); err != nil {
			return fmt.Errorf("rights of %s: %w", path, err)
		}
		if entry.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE {
			continue
		}
		account := (*windows.SID)(unsafe.Pointer(&entry.SidStart))
		if entry.Header.AceType == windows.ACCESS_ALLOWED_ACE_TYPE && (isOurs(account) ||
			rights == Public && entry.Mask&^reading == 0) {
			continue
		}
		return fmt.Errorf("%s is open to %s", path, account)
	}
	return nil
}

// isOurs knows the system, administrators, and the account that this process runs as.
func isOurs(account *windows.SID) bool {
	if account.IsWellKnown(windows.WinLocalSystemSid) ||
		account.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return true
	}
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	return err == nil && account.Equals(own.User.Sid)
}
