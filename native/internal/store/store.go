// Package store keeps the few files that netd must remember: the pin with its ceilings, the trust
// set, the WireGuard key, the last signed config. Only the owner of the process may read them. A
// file that is not exactly what was written is set aside and reported, never guessed at.
package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of the store.
const (
	PinFile    = "pin.json"
	TrustFile  = "trust.json"
	KeyFile    = "wireguard.key"
	ConfigFile = "config.json"
	// ConfigCopyFile is ConfigFile once more, for when that is lost.
	ConfigCopyFile = "config-copy.json"
	// BreakGlassFile names every break-glass that was opened, until none of them can come again.
	BreakGlassFile = "break-glass.json"
	// InsideFile names what a gateway had a route to, narrower than the default one.
	InsideFile = "inside.json"
)

const maxFileBytes = 1 << 20

// ErrLocked means that another daemon works on the same folder.
var ErrLocked = errors.New("another netd uses this state folder")

// ErrCorrupt means that a file was there but is not ours, not private or not readable as written.
var ErrCorrupt = errors.New("state file is corrupt")

// Store is an open and locked state folder.
type Store struct {
	dir  string
	lock *os.File
}

// Open makes the folder (0700), checks that it is ours alone and locks it.
func Open(dir string) (*Store, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() || !ownedPrivately(dir, info) {
		return nil, fmt.Errorf("%s must be a folder of ours that nobody else may open", dir)
	}
	lock, err := openLock(dir)
	if err != nil {
		return nil, err
	}
	if err := lockWhole(lock); err != nil {
		lock.Close()
		return nil, ErrLocked
	}
	return &Store{dir: dir, lock: lock}, nil
}

// Close gives the lock back.
func (s *Store) Close() error { return s.lock.Close() }

// Read answers the bytes of a file, nil when there is none, ErrCorrupt when it cannot be trusted.
func (s *Store) Read(name string) ([]byte, error) {
	path := filepath.Join(s.dir, name)
	file, err := os.OpenFile(path, os.O_RDONLY|noFollow|noBlock, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || !ownedPrivately(path, info) {
		return nil, fmt.Errorf("%w: %s is not a private file of ours", ErrCorrupt, name)
	}
	raw, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil || len(raw) > maxFileBytes || len(raw) == 0 {
		return nil, fmt.Errorf("%w: %s is empty, too long or unreadable", ErrCorrupt, name)
	}
	return raw, nil
}

// Write replaces a file durably: after an error or a crash either the old or the new one is there.
func (s *Store) Write(name string, raw []byte) error {
	path := filepath.Join(s.dir, name)
	temporary := path + ".tmp"
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC | noFollow
	file, err := os.OpenFile(temporary, flags, 0o600)
	if err != nil {
		return err
	}
	if err := writeSynced(file, raw); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return replace(temporary, path)
}

func writeSynced(file *os.File, raw []byte) error {
	_, writeErr := file.Write(raw)
	chmodErr := file.Chmod(0o600)
	syncErr := file.Sync()
	return errors.Join(writeErr, chmodErr, syncErr, file.Close())
}

// SetAside renames a corrupt file, so that it can be looked at, and answers its new name.
func (s *Store) SetAside(name string) (string, error) {
	aside := fmt.Sprintf("%s.corrupt-%d", name, time.Now().UnixMilli())
	err := os.Rename(filepath.Join(s.dir, name), filepath.Join(s.dir, aside))
	return aside, err
}

// WasSetAside tells whether a corrupt file of that name waits to be looked at.
func (s *Store) WasSetAside(name string) bool {
	return len(s.asides(name)) > 0
}

func (s *Store) asides(name string) []string {
	found := []string{}
	// A folder that cannot be listed cannot be read or written either, which others report.
	entries, _ := os.ReadDir(s.dir)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), name+".corrupt-") {
			found = append(found, filepath.Join(s.dir, entry.Name()))
		}
	}
	return found
}

// Forget removes every file of the store but the lock, and those set aside with them.
func (s *Store) Forget() error {
	failed := []error{}
	for _, name := range []string{
		InsideFile, BreakGlassFile, ConfigFile, ConfigCopyFile, KeyFile, TrustFile, PinFile,
	} {
		for _, path := range append(s.asides(name), filepath.Join(s.dir, name)) {
			if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(append(failed, syncFolder(s.dir))...)
}
