package wg

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/object"
)

// userspaceBackend owns the embedded WireGuard; its text protocol is spoken in memory only.
type userspaceBackend struct {
	name   string
	device *device.Device
}

func newUserspaceBackend(tunnel tun.Device, name string, log *slog.Logger) *userspaceBackend {
	logger := &device.Logger{
		Verbosef: device.DiscardLogf,
		Errorf: func(format string, values ...any) {
			log.Warn("wireguard", "interface", name, "why", fmt.Sprintf(format, values...))
		},
	}
	return &userspaceBackend{name, device.NewDevice(tunnel, conn.NewDefaultBind(), logger)}
}

func (u *userspaceBackend) write(change update) error {
	text := &strings.Builder{}
	if change.settings != nil {
		fmt.Fprintf(text, "private_key=%x\nfwmark=%d\nlisten_port=%d\n",
			change.settings.PrivateKey[:], change.settings.Mark, change.settings.ListenPort)
	}
	for _, key := range change.remove {
		fmt.Fprintf(text, "public_key=%x\nremove=true\n", key[:])
	}
	for _, peer := range change.put {
		writePeer(text, peer, "replace_allowed_ips=true\n")
	}
	for _, peer := range change.extend {
		writePeer(text, peer, "")
	}
	if text.Len() == 0 {
		return nil
	}
	if err := u.device.IpcSet(text.String()); err != nil {
		return fmt.Errorf("wireguard %s: %w", u.name, err)
	}
	if change.settings != nil {
		if err := u.device.Up(); err != nil {
			return fmt.Errorf("wireguard %s: %w", u.name, err)
		}
	}
	return nil
}

func writePeer(text *strings.Builder, peer Peer, before string) {
	fmt.Fprintf(text, "public_key=%x\npreshared_key=%x\n", peer.PublicKey[:], peer.PresharedKey[:])
	if peer.Endpoint.IsValid() {
		fmt.Fprintf(text, "endpoint=%s\n", peer.Endpoint)
	}
	text.WriteString(before)
	for _, prefix := range peer.AllowedIPs {
		fmt.Fprintf(text, "allowed_ip=%s\n", prefix)
	}
	fmt.Fprintf(text, "persistent_keepalive_interval=%d\n", peer.KeepaliveSeconds)
}

func (u *userspaceBackend) read() (State, error) {
	text, err := u.device.IpcGet()
	if err != nil {
		return State{}, fmt.Errorf("wireguard %s: %w", u.name, err)
	}
	return parseState(text)
}

// parseState reads the key=value lines of the configuration protocol of WireGuard.
func parseState(text string) (State, error) {
	state := State{Peers: map[object.Key]PeerState{}}
	peer := PeerState{}
	flush := func() {
		if !peer.PublicKey.IsZero() {
			state.Peers[peer.PublicKey] = peer
		}
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if name == "public_key" {
			flush()
			peer = PeerState{}
		}
		if err := parseLine(&state.Settings, &peer, name, value); err != nil {
			return State{}, fmt.Errorf("wireguard answer %s: %w", name, err)
		}
	}
	flush()
	return state, nil
}

func parseLine(settings *Settings, peer *PeerState, name, value string) error {
	number := func() int64 {
		parsed, _ := strconv.ParseInt(value, 10, 64)
		return parsed
	}
	var err error
	switch name {
	case "private_key":
		settings.PrivateKey, err = parseHex(value)
	case "listen_port":
		settings.ListenPort = uint16(number())
	case "fwmark":
		settings.Mark = uint32(number())
	case "public_key":
		peer.PublicKey, err = parseHex(value)
	case "preshared_key":
		peer.PresharedKey, err = parseHex(value)
	case "endpoint":
		peer.Endpoint, err = netip.ParseAddrPort(value)
	case "allowed_ip":
		var prefix netip.Prefix
		prefix, err = netip.ParsePrefix(value)
		peer.AllowedIPs = append(peer.AllowedIPs, prefix)
	case "persistent_keepalive_interval":
		peer.KeepaliveSeconds = int(number())
	case "last_handshake_time_sec":
		if seconds := number(); seconds > 0 {
			peer.LastHandshake = time.Unix(seconds, 0)
		}
	case "last_handshake_time_nsec":
		if !peer.LastHandshake.IsZero() {
			peer.LastHandshake = peer.LastHandshake.Add(time.Duration(number()))
		}
	case "rx_bytes":
		peer.RxBytes = number()
	case "tx_bytes":
		peer.TxBytes = number()
	}
	return err
}

func parseHex(text string) (object.Key, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(object.Key{}) {
		return object.Key{}, fmt.Errorf("not a key in hex")
	}
	return object.Key(raw), nil
}

// rebind drops the sockets and the source addresses that peers stuck to.
func (u *userspaceBackend) rebind(port uint16) error {
	if err := u.device.IpcSet(fmt.Sprintf("listen_port=%d\n", port)); err != nil {
		return fmt.Errorf("wireguard %s: %w", u.name, err)
	}
	return nil
}

// close ends the engine; the TUN persists, so its routes and rules stay.
func (u *userspaceBackend) close() error {
	u.device.Close()
	return nil
}
