// Package object holds the signed objects of the interface (configs, grants, lease lists, the
// trust set) and the local ceilings, as plain values. Parsing refuses whatever the interface does
// not name. It judges form only: signatures belong to trust, limits of this machine to ceiling.
package object

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"sallyport.dev/netd/internal/strict"
)

// Key is a WireGuard key of 32 bytes: public, private or pre-shared.
type Key [32]byte

// String gives the base64 form of WireGuard tools; never call it on a private key for a log.
func (k Key) String() string { return base64.StdEncoding.EncodeToString(k[:]) }

// IsZero tells an absent key.
func (k Key) IsZero() bool { return k == Key{} }

// ParseKey reads the 44 characters of a WireGuard key; false for anything else.
func ParseKey(text string) (Key, bool) {
	var key Key
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(key) {
		return key, false
	}
	copy(key[:], raw)
	return key, true
}

// Public is the public key of a private one (RFC 7748).
func (k Key) Public() (Key, error) {
	private, err := ecdh.X25519().NewPrivateKey(k[:])
	if err != nil {
		return Key{}, err
	}
	return Key(private.PublicKey().Bytes()), nil
}

// label is one part of a host name (RFC 1123), in lower case.
const label = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`

var (
	namePattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	jtiPattern    = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,64}$`)
	domainPattern = regexp.MustCompile(`^(\*\.)?` + label + `(\.` + label + `)*$`)
	hostPattern   = regexp.MustCompile(`^` + label + `(\.` + label + `)*$`)
	tokenPattern  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	ifacePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$`)
)

func readMatch(f *strict.Fields, name string, pattern *regexp.Regexp, what string) string {
	text := f.Text(name, 1, 256)
	if !f.Failed() && !pattern.MatchString(text) {
		f.Fail(name, "not %s", what)
	}
	return text
}

func readID(f *strict.Fields, name, prefix string) string {
	text := f.Text(name, 1, 256)
	if !f.Failed() && !isID(text) {
		f.Fail(name, "not an id")
	}
	if !f.Failed() && !strings.HasPrefix(text, prefix) {
		f.Fail(name, "not an id of kind %s", prefix)
	}
	return text
}

// ReadKey reads a WireGuard key as one member.
func ReadKey(f *strict.Fields, name string) Key {
	key, ok := ParseKey(f.Text(name, 44, 44))
	if !ok {
		f.Fail(name, "not a WireGuard key")
	}
	return key
}

// ParsePrefix reads a canonical CIDR (host bits zero, RFC 5952, no zone, no IPv4 in IPv6).
func ParsePrefix(text string) (netip.Prefix, bool) {
	prefix, err := netip.ParsePrefix(text)
	canonical := err == nil && prefix == prefix.Masked() && prefix.String() == text
	return prefix, canonical && !prefix.Addr().Is4In6()
}

// ParseAddress reads a canonical address without zone.
func ParseAddress(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	ok := err == nil && address.Zone() == "" && !address.Is4In6() && address.String() == text
	return address, ok
}

func readPrefixes(f *strict.Fields, name string, min, max int) []netip.Prefix {
	prefixes := []netip.Prefix{}
	for index, text := range f.Texts(name, min, max, 64) {
		prefix, ok := ParsePrefix(text)
		if !ok {
			f.Fail(name, "item %d is not a canonical CIDR", index)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes
}

// readHosts reads one host prefix per family (/32, /128) in any order.
func readHosts(f *strict.Fields, name string) []netip.Prefix {
	hosts := readPrefixes(f, name, 1, 2)
	addresses := []netip.Addr{}
	for _, host := range hosts {
		if !host.IsSingleIP() {
			f.Fail(name, "not single addresses")
		}
		addresses = append(addresses, host.Addr())
	}
	refuseSameFamily(f, name, addresses)
	return hosts
}

// readAddresses reads bare addresses, at most one per family.
func readAddresses(f *strict.Fields, name string) []netip.Addr {
	addresses := readAddressList(f, name, 1, 2)
	refuseSameFamily(f, name, addresses)
	return addresses
}

func readAddressList(f *strict.Fields, name string, min, max int) []netip.Addr {
	addresses := []netip.Addr{}
	for index, text := range f.Texts(name, min, max, 64) {
		address, ok := ParseAddress(text)
		if !ok {
			f.Fail(name, "item %d is not a canonical address", index)
		}
		addresses = append(addresses, address)
	}
	return addresses
}

func refuseSameFamily(f *strict.Fields, name string, addresses []netip.Addr) {
	if len(addresses) == 2 && addresses[0].Is4() == addresses[1].Is4() {
		f.Fail(name, "two addresses of one family")
	}
}

// Endpoint is where a gateway listens; Address is invalid when Host is a DNS name.
type Endpoint struct {
	Host    string
	Address netip.Addr
	Port    uint16
}

// ParseEndpoint reads `192.0.2.1:51820`, `[2001:db8::1]:51820` or `vpn.example:51820`.
func ParseEndpoint(text string) (Endpoint, bool) {
	if full, err := netip.ParseAddrPort(text); err == nil {
		address := full.Addr()
		ok := full.Port() != 0 && address.Zone() == "" && !address.Is4In6()
		return Endpoint{Host: address.String(), Address: address, Port: full.Port()}, ok
	}
	host, portText, found := strings.Cut(text, ":")
	port, err := strconv.ParseUint(portText, 10, 16)
	ok := found && err == nil && port != 0 && len(host) <= 253 && hostPattern.MatchString(host)
	return Endpoint{Host: host, Port: uint16(port)}, ok
}

func readEndpoints(f *strict.Fields, name string) []Endpoint {
	endpoints := []Endpoint{}
	for index, text := range f.Texts(name, 1, 4, 260) {
		endpoint, ok := ParseEndpoint(text)
		if !ok {
			f.Fail(name, "item %d is not host:port", index)
		}
		endpoints = append(endpoints, endpoint)
	}
	return endpoints
}

func decode32(text string) ([32]byte, bool) {
	var out [32]byte
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(out) {
		return out, false
	}
	copy(out[:], raw)
	return out, true
}

func read32(f *strict.Fields, name string) [32]byte {
	value, ok := decode32(f.Text(name, 43, 43))
	if !ok {
		f.Fail(name, "not 32 bytes in base64url")
	}
	return value
}
