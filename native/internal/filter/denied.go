//go:build linux

package filter

import (
	"cmp"
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/ports"
)

const (
	// deniedEvery bounds how often, maxDenied how many refused targets are told at once.
	deniedEvery = 10 * time.Second
	maxDenied   = 64
)

// denial is what the kernel counted of packets that no grant named. It keeps the tally, so nothing
// here reads a packet; sets that are full lose the tally and never the refusal.
type denial struct {
	source, target netip.Addr
	protocol       uint8
	port           uint16
}

// FollowDenied tells what was refused since the last look, the most frequent first, until the
// context ends.
func (g *Gateway) FollowDenied(ctx context.Context) {
	ticker := time.NewTicker(deniedEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			g.TellDenied()
		}
	}
}

// TellDenied emits one event `denied` for each target that was refused since the last call.
func (g *Gateway) TellDenied() {
	g.mutex.Lock()
	counted := g.readDenied()
	fresh := map[denial]uint64{}
	for item, count := range counted {
		former := g.denied[item]
		if count < former {
			former = 0 // it expired meanwhile and was counted anew
		}
		if count > former {
			fresh[item] = count - former
		}
	}
	g.denied = counted
	g.mutex.Unlock()
	for _, item := range mostFrequent(fresh) {
		g.emit(ports.Event{Name: ports.Denied, Fields: map[string]any{
			"src": item.source.String(), "dst": item.target.String(),
			"proto": item.protocol, "port": item.port, "count": fresh[item],
		}})
	}
}

func (g *Gateway) readDenied() map[denial]uint64 {
	counted := map[denial]uint64{}
	if !g.table.Loaded() {
		return counted
	}
	for set, size := range map[string]int{"denied4": 4, "denied6": 16} {
		held, err := g.socket.Elements(TableName, set)
		if err != nil {
			g.log.Warn("refused packets cannot be told", "set", set, "why", err.Error())
			continue
		}
		for _, element := range held {
			if item, ok := readDenial(element, size); ok {
				counted[item] = element.Packets
			}
		}
	}
	return counted
}

// readDenial reads the key: two addresses, protocol and port, each padded to four bytes.
func readDenial(element nfnl.Held, size int) (denial, bool) {
	if len(element.Key) != 2*size+8 {
		return denial{}, false
	}
	source, _ := netip.AddrFromSlice(element.Key[:size])
	target, _ := netip.AddrFromSlice(element.Key[size : 2*size])
	rest := element.Key[2*size:]
	return denial{source: source, target: target, protocol: rest[0],
		port: binary.BigEndian.Uint16(rest[4:])}, true
}

func mostFrequent(fresh map[denial]uint64) []denial {
	items := []denial{}
	for item := range fresh {
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b denial) int {
		return cmp.Or(cmp.Compare(fresh[b], fresh[a]), a.source.Compare(b.source),
			a.target.Compare(b.target), cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.port, b.port))
	})
	return items[:min(len(items), maxDenied)]
}
