//go:build linux

package systemdns

import (
	"errors"
	"net/netip"
	"os"
)

// linkFiles name the resolvers that the links brought: the system's own file, and what
// systemd-resolved asks behind its stub.
var linkFiles = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// LinkResolvers lists the resolvers that the links brought, also where the system asks our stub
// instead. A file that is not there names none; an error means that nobody knows.
func LinkResolvers() ([]netip.Addr, error) { return linkResolvers(linkFiles) }

func linkResolvers(files []string) ([]netip.Addr, error) {
	found := []netip.Addr{}
	for _, path := range files {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		held, err := readFile(path)
		if err != nil {
			return nil, err
		}
		for _, address := range held.nameservers() {
			if address.Zone() == "" {
				found = append(found, address.Unmap())
			}
		}
	}
	return found, nil
}
