//go:build linux

package wg

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/wgctrl"
	"golang.zx2c4.com/wireguard/wgctrl/wgtypes"

	"sallyport.dev/netd/internal/object"
)

// kernelBackend speaks generic netlink to the kernel's WireGuard.
type kernelBackend struct {
	name   string
	client *wgctrl.Client
}

func newKernelBackend(name string) (*kernelBackend, error) {
	client, err := wgctrl.New()
	if err != nil {
		return nil, fmt.Errorf("wireguard netlink: %w", err)
	}
	return &kernelBackend{name: name, client: client}, nil
}

func (k *kernelBackend) write(change update) error {
	config := wgtypes.Config{}
	if change.settings != nil {
		key := wgtypes.Key(change.settings.PrivateKey)
		port, mark := int(change.settings.ListenPort), int(change.settings.Mark)
		config.PrivateKey, config.ListenPort, config.FirewallMark = &key, &port, &mark
	}
	for _, key := range change.remove {
		config.Peers = append(config.Peers, wgtypes.PeerConfig{
			PublicKey: wgtypes.Key(key), Remove: true, UpdateOnly: true,
		})
	}
	for _, peer := range change.put {
		config.Peers = append(config.Peers, peerConfig(peer))
	}
	for _, peer := range change.extend {
		item := peerConfig(peer)
		item.ReplaceAllowedIPs = false
		config.Peers = append(config.Peers, item)
	}
	if change.settings == nil && len(config.Peers) == 0 {
		return nil
	}
	if err := k.client.ConfigureDevice(k.name, config); err != nil {
		return fmt.Errorf("wireguard %s: %w", k.name, err)
	}
	return nil
}

func peerConfig(peer Peer) wgtypes.PeerConfig {
	preshared := wgtypes.Key(peer.PresharedKey)
	keepalive := time.Duration(peer.KeepaliveSeconds) * time.Second
	config := wgtypes.PeerConfig{
		PublicKey: wgtypes.Key(peer.PublicKey), PresharedKey: &preshared,
		PersistentKeepaliveInterval: &keepalive, ReplaceAllowedIPs: true,
	}
	if peer.Endpoint.IsValid() {
		config.Endpoint = net.UDPAddrFromAddrPort(peer.Endpoint)
	}
	for _, prefix := range peer.AllowedIPs {
		config.AllowedIPs = append(config.AllowedIPs, net.IPNet{
			IP:   prefix.Addr().AsSlice(),
			Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		})
	}
	return config
}

func (k *kernelBackend) read() (State, error) {
	device, err := k.client.Device(k.name)
	if err != nil {
		return State{}, fmt.Errorf("wireguard %s: %w", k.name, err)
	}
	state := State{
		Settings: Settings{
			PrivateKey: object.Key(device.PrivateKey),
			ListenPort: uint16(device.ListenPort),
			Mark:       uint32(device.FirewallMark),
		},
		Peers: map[object.Key]PeerState{},
	}
	for _, item := range device.Peers {
		peer := PeerState{
			Peer: Peer{
				PublicKey:        object.Key(item.PublicKey),
				PresharedKey:     object.Key(item.PresharedKey),
				KeepaliveSeconds: int(item.PersistentKeepaliveInterval / time.Second),
			},
			LastHandshake: item.LastHandshakeTime,
			RxBytes:       item.ReceiveBytes, TxBytes: item.TransmitBytes,
		}
		if item.Endpoint != nil {
			endpoint := item.Endpoint.AddrPort()
			peer.Endpoint = netip.AddrPortFrom(endpoint.Addr().Unmap(), endpoint.Port())
		}
		for _, network := range item.AllowedIPs {
			address, _ := netip.AddrFromSlice(network.IP)
			bits, _ := network.Mask.Size()
			peer.AllowedIPs = append(peer.AllowedIPs, netip.PrefixFrom(address.Unmap(), bits))
		}
		state.Peers[peer.PublicKey] = peer
	}
	return state, nil
}

// rebind sets the port, which makes the kernel open its sockets anew.
func (k *kernelBackend) rebind(port uint16) error {
	number := int(port)
	if err := k.client.ConfigureDevice(k.name, wgtypes.Config{ListenPort: &number}); err != nil {
		return fmt.Errorf("wireguard %s: %w", k.name, err)
	}
	return nil
}

func (k *kernelBackend) close() error { return k.client.Close() }
