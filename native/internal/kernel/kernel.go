// Package kernel joins what the daemon asks for with the parts that do it on Linux.
package kernel

import (
	"log/slog"
	"os"

	"sallyport.dev/netd/internal/filter"
	"sallyport.dev/netd/internal/guard"
	"sallyport.dev/netd/internal/kernel/nft"
	"sallyport.dev/netd/internal/ports"
	"sallyport.dev/netd/internal/wg"
)

// NewDevice changes nothing; it adopts what a former process left at the first Apply.
func NewDevice(emit ports.Emit, log *slog.Logger) (ports.Device, error) {
	return guard.New(emit, log), nil
}

// NewGateway changes nothing; it adopts what a former process left at the first Configure.
func NewGateway(emit ports.Emit, log *slog.Logger) (ports.Gateway, error) {
	return filter.New(emit, log), nil
}

// Probe finds out what this machine can do.
func Probe() ports.Abilities {
	_, nftErr := nft.Path()
	_, ipv6Err := os.Stat("/proc/net/if_inet6")
	return ports.Abilities{WireGuard: wg.Probe(), Nft: nftErr == nil, IPv6: ipv6Err == nil}
}
