// Package readiness tells systemd that the start is done (sd_notify(3)), so that what is ordered
// after netd, the network above all, waits for the guard and not only for a process.
package readiness

import (
	"net"
	"os"
)

// Announce says READY=1 to whoever started this process and asked for it; else it does nothing.
func Announce() error {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte("READY=1"))
	return err
}
