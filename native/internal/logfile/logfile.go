// Package logfile keeps the log where no journal does: a file that is begun anew before it grows too
// large, with a few former ones beside it.
package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// File is a log file. Writes of several goroutines come one after another.
type File struct {
	path  string
	limit Limit

	mutex sync.Mutex
	file  *os.File
	bytes int64
}

// Limit is how much is kept: this file and Former older ones, each of at most Bytes.
type Limit struct {
	Bytes  int64
	Former int
}

// Open goes on with a file that is there. Its folder says who may read it.
func Open(path string, limit Limit) (*File, error) {
	f := &File{path: path, limit: limit}
	return f, f.open()
}

// Write adds whole lines; the file is begun anew first where they do not fit.
func (f *File) Write(lines []byte) (int, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.bytes > 0 && f.bytes+int64(len(lines)) > f.limit.Bytes {
		if err := f.beginAnew(); err != nil {
			return 0, err
		}
	}
	count, err := f.file.Write(lines)
	f.bytes += int64(count)
	return count, err
}

// Close closes the file.
func (f *File) Close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.file.Close()
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.file, f.bytes = file, info.Size()
	return nil
}

// beginAnew moves every file one place back; the last one goes.
func (f *File) beginAnew() error {
	// A file that is open cannot be renamed on Windows.
	failed := f.file.Close()
	for place := f.limit.Former; place > 0; place-- {
		from := f.path
		if place > 1 {
			from = former(f.path, place-1)
		}
		if err := os.Rename(from, former(f.path, place)); !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
	}
	return errors.Join(failed, f.open())
}

func former(path string, place int) string { return fmt.Sprintf("%s.%d", path, place) }
