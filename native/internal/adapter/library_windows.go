package adapter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sallyport.dev/netd/internal/folder"
)

// libraryName is what wintun's own code loads, from the folder of the program before the system's.
const libraryName = "wintun.dll"

// FindLibrary tells why there is no library of wintun that may be loaded. It runs with all rights, so
// it must lie where only administrators write: beside this program, which is as much worth.
func FindLibrary() error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(own), libraryName)
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is not beside %s", libraryName, filepath.Base(own))
	}
	for _, place := range []string{filepath.Dir(own), path} {
		if err := folder.Closed(place); err != nil {
			return fmt.Errorf("%s is not loaded: %w", libraryName, err)
		}
	}
	return nil
}
