//go:build linux

package learned

import (
	"log/slog"
	"net/netip"

	"sallyport.dev/netd/internal/kernel/conntrack"
)

// InUse tells which of these addresses flows still go to. Where nobody can say, none: they end in time.
func InUse(ending map[netip.Addr]bool, log *slog.Logger) map[netip.Addr]bool {
	used, err := conntrack.Destinations(ending)
	if err != nil {
		log.Warn("flows cannot be listed, learned addresses end in time", "why", err.Error())
	}
	return used
}
