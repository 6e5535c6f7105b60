package guard

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"sallyport.dev/netd/internal/object"
	"sallyport.dev/netd/internal/route"
	"sallyport.dev/netd/internal/systemdns"
)

const (
	resolverPoll  = time.Second
	maxResolvers  = 8
	resolverBytes = 64 << 10
	dnsPort       = 53
)

// resolverFiles name the resolvers that the links brought: the system's own file, and what
// systemd-resolved asks behind its stub.
var resolverFiles = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// FollowResolvers keeps the resolvers of the links reachable until the context ends, where a
// protected prefix would cut them off.
func (d *Device) FollowResolvers(ctx context.Context) {
	ticker := time.NewTicker(resolverPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			d.relearn(ctx)
		}
	}
}

func (d *Device) relearn(ctx context.Context) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := d.held()
	if p == nil {
		return
	}
	found := learnResolvers(*p)
	if slices.Equal(found, d.use.resolvers) {
		return
	}
	d.use.resolvers = found
	next := newPlan(d.standing, d.use, d.names)
	*p = next
	d.log.Info("resolvers of the links", "exempt", found)
	if err := d.ensureGuard(ctx, next); err != nil {
		d.log.Error("resolvers of the links are not exempt", "detail", err.Error())
	}
}

// learnResolvers answers the resolvers that stand in a protected prefix, in a network that this
// machine is part of, and that no granted route leads to.
func learnResolvers(p plan) []netip.Addr {
	hidden := []netip.Addr{}
	for _, name := range resolverFiles {
		for _, address := range readResolvers(name) {
			if within(p.protected, address) && !within(p.granted, address) {
				hidden = append(hidden, address)
			}
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	networks, err := route.Networks(LinkName)
	if err != nil {
		return nil
	}
	found := slices.DeleteFunc(unique(hidden), func(address netip.Addr) bool {
		return !within(networks, address)
	})
	return found[:min(len(found), maxResolvers)]
}

func readResolvers(name string) []netip.Addr {
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, resolverBytes))
	if err != nil {
		return nil
	}
	return parseResolvers(raw)
}

func parseResolvers(raw []byte) []netip.Addr {
	found := []netip.Addr{}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		// Where the file names our stub, the lines of before stand below.
		words := strings.Fields(strings.TrimPrefix(lines.Text(), systemdns.FormerMark))
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		if address, err := netip.ParseAddr(words[1]); err == nil && address.Zone() == "" {
			found = append(found, address.Unmap())
		}
	}
	return found
}

func within(prefixes []netip.Prefix, address netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(prefix netip.Prefix) bool {
		return prefix.Contains(address)
	})
}

// resolverBypass is what an exempt resolver may be asked.
func resolverBypass(resolvers []netip.Addr) []object.Bypass {
	exempt := []object.Bypass{}
	for _, address := range resolvers {
		for _, proto := range []string{"udp", "tcp"} {
			exempt = append(exempt, object.Bypass{Address: address, Proto: proto, Port: dnsPort})
		}
	}
	return exempt
}
