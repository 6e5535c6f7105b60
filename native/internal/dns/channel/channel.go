// Package channel is what netd and its resolver child say to each other, as JSON lines over one
// socket pair. The child reads hostile messages, so netd believes it nothing: what the child asks
// for is checked on netd's side, and limits hold in both directions.
package channel

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"sync"

	"sallyport.dev/netd/internal/dns/zone"
)

const (
	// MaxConfig bounds a line of netd: a gateway may serve many names.
	MaxConfig = 32 << 20
	// MaxRequest bounds a line of the child.
	MaxRequest = 64 << 10
	// MaxAddresses bounds what one answer may teach.
	MaxAddresses = 128
)

// Config is everything the child knows.
type Config struct {
	// Zones are the protected names; one without resolvers is never asked about.
	Zones []Zone `json:"zones"`
	// Reverse are the prefixes whose reverse zones are protected.
	Reverse []Reverse `json:"reverse"`
	// Link is the interface that protected questions leave by; empty: any.
	Link string `json:"link"`
	// Others are the resolvers for every other name; none: refused.
	Others []netip.AddrPort `json:"others"`
	// Gateways are names that the resolvers of others are asked about again and again.
	Gateways []string `json:"gateways"`
	// Permit says that netd must be asked before a question of a client goes on.
	Permit bool `json:"permit"`
}

// Zone is a pattern and who resolves it.
type Zone struct {
	zone.Pattern
	Resolvers []netip.AddrPort `json:"resolvers"`
}

// Reverse is a prefix and who resolves its reverse zones.
type Reverse struct {
	Prefix    netip.Prefix     `json:"prefix"`
	Resolvers []netip.AddrPort `json:"resolvers"`
}

// The things a child asks for.
const (
	// Permit: may this client ask for this name?
	Permit = "permit"
	// Learn: these addresses were found for this name; which of them may be told?
	Learn = "learn"
	// Gateway: these are the addresses of a gateway that the config names; no answer.
	Gateway = "gateway"
	// Configured: the newest config is in force; no answer.
	Configured = "configured"
)

// Request is a line of the child.
type Request struct {
	ID        uint64       `json:"id"`
	Ask       string       `json:"ask"`
	Client    netip.Addr   `json:"client"`
	Name      string       `json:"name"`
	Addresses []netip.Addr `json:"addresses,omitempty"`
	Seconds   uint32       `json:"seconds,omitempty"`
}

// Reply answers one request.
type Reply struct {
	ID       uint64       `json:"id"`
	Granted  bool         `json:"granted"`
	Accepted []netip.Addr `json:"accepted,omitempty"`
}

// Line is a line of netd: one of these.
type Line struct {
	Config *Config `json:"config,omitempty"`
	Reply  *Reply  `json:"reply,omitempty"`
	// Again are names to be asked for once more: another gateway has to learn where they lead.
	Again []string `json:"again,omitempty"`
}

// Writer writes lines from any goroutine.
type Writer struct {
	mutex sync.Mutex
	to    io.Writer
}

// NewWriter writes to one end of the socket pair.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Write sends one value as a line.
func (w *Writer) Write(value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if len(raw) >= MaxConfig {
		return errors.New("line too long")
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	_, err = w.to.Write(append(raw, '\n'))
	return err
}

// Read hands every line of type T to take until the other end closes (nil) or breaks the rules.
func Read[T any](from io.Reader, limit int, take func(T) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 4<<10), limit)
	for lines.Scan() {
		var value T
		if err := json.Unmarshal(lines.Bytes(), &value); err != nil {
			return err
		}
		if err := take(value); err != nil {
			return err
		}
	}
	return lines.Err()
}
