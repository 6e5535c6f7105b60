package store

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/folder"
)

// Nobody else can put a link or a pipe into a folder that is ours alone.
const (
	noFollow = 0
	noBlock  = 0
)

func makeFolder(dir string) error { return folder.Make(dir, folder.Private) }

// openLock answers what lockWhole locks: folders cannot be locked here.
func openLock(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
}

func lockWhole(file *os.File) error {
	return windows.LockFileEx(windows.Handle(file.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&windows.Overlapped{})
}

func ownedPrivately(path string, _ fs.FileInfo) bool {
	return folder.Check(path, folder.Private) == nil
}

// replace gives a file the name of another, for good when it returns.
func replace(from, to string) error {
	former, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	later, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(former, later,
		windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
}

// syncFolder has nothing to do: NTFS writes names through its own journal.
func syncFolder(string) error { return nil }
