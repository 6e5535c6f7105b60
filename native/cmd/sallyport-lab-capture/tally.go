//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"sync"
)

const maxExamples = 16

// linkCount is what one interface saw since the last reset.
type linkCount struct {
	Packets   uint64 `json:"packets"`
	WireGuard uint64 `json:"wireguard"`
	Leaked    uint64 `json:"leaked"`
}

// summary is the whole answer; examples describe the first leaks.
type summary struct {
	Links    map[string]linkCount `json:"links"`
	Leaked   uint64               `json:"leaked"`
	Missed   uint64               `json:"missed"`
	Examples []string             `json:"examples"`
}

type tally struct {
	mutex    sync.Mutex
	inside   []netip.Prefix
	port     uint16
	names    [][]byte // inside names as they stand in a message, lower case
	links    map[string]linkCount
	dropped  []func() uint32 // by socket, since it was asked last
	missed   uint64
	examples []string
}

func newTally(inside []netip.Prefix, port uint16, names []string) *tally {
	t := &tally{inside: inside, port: port, links: map[string]linkCount{}}
	for _, name := range names {
		t.names = append(t.names, onTheWire(name))
	}
	return t
}

// onTheWire writes a name as DNS does, without its end: other labels may follow.
func onTheWire(name string) []byte {
	raw := []byte{}
	for _, label := range strings.Split(strings.ToLower(name), ".") {
		raw = append(append(raw, byte(len(label))), label...)
	}
	return raw
}

// says tells whether the frame says an inside name in clear. Length bytes are no letters, so lower
// case is safe to compare.
func (t *tally) says(frame []byte) bool {
	lower := bytes.ToLower(frame)
	for _, name := range t.names {
		if bytes.Contains(lower, name) {
			return true
		}
	}
	return false
}

func (t *tally) isInside(address netip.Addr) bool {
	for _, prefix := range t.inside {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// note counts one frame of a link; bytes start at the IP header.
func (t *tally) note(link string, frame []byte) {
	p, ok := parse(frame)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	count := t.links[link]
	count.Packets++
	if ok {
		if p.isWireGuard(t.port) {
			count.WireGuard++
		} else if !p.isAdvert && t.says(frame) {
			count.Leaked++
			t.example("%s: %s -> %s says an inside name", link, p.source, p.destination)
		} else if t.isInside(p.source) || t.isInside(p.destination) {
			count.Leaked++
			t.example("%s: %s -> %s protocol %d", link, p.source, p.destination, p.protocol)
		}
	}
	t.links[link] = count
}

func (t *tally) example(format string, values ...any) {
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, fmt.Sprintf(format, values...))
	}
}

// countMissed takes up what the kernel could not hand over in time; the caller holds the mutex.
func (t *tally) countMissed() {
	for _, dropped := range t.dropped {
		t.missed += uint64(dropped())
	}
}

func (t *tally) reset() {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.links = map[string]linkCount{}
	t.examples = nil
	t.countMissed()
	t.missed = 0
}

func (t *tally) read() summary {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.countMissed()
	out := summary{Links: map[string]linkCount{}, Missed: t.missed, Examples: append([]string{}, t.examples...)}
	for name, count := range t.links {
		out.Links[name] = count
		out.Leaked += count.Leaked
	}
	return out
}
