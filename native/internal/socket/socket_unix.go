//go:build unix

package socket

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// LookUp finds an account by name.
func LookUp(name string) (*Account, error) {
	found, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
	gid, gidErr := strconv.Atoi(found.Gid)
	return &Account{UID: uint32(uid), GID: gid}, errors.Join(uidErr, gidErr)
}

// Listen replaces whatever socket file an earlier process left; call it only under the state lock.
func Listen(path string, access Access) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	// Between bind and chmod nobody else must get in.
	former := syscall.Umask(0o177)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	syscall.Umask(former)
	if err != nil {
		return nil, err
	}
	if err := open(path, access); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

func open(path string, access Access) error {
	if access.Everybody {
		return os.Chmod(path, 0o666)
	}
	if access.Account == nil {
		return os.Chmod(path, 0o600)
	}
	return errors.Join(os.Chown(path, -1, access.Account.GID), os.Chmod(path, 0o660))
}
