//go:build linux

package wg

import "testing"

// FuzzState reads arbitrary text as the answer of a WireGuard engine.
func FuzzState(f *testing.F) {
	f.Add("private_key=00\n")
	f.Add("listen_port=51820\nfwmark=1392508928\npublic_key=" +
		"0909090909090909090909090909090909090909090909090909090909090909\n" +
		"endpoint=192.0.2.1:51820\nallowed_ip=100.96.1.2/32\nlast_handshake_time_sec=1\n" +
		"last_handshake_time_nsec=2\nrx_bytes=3\ntx_bytes=4\npersistent_keepalive_interval=25\n")
	f.Fuzz(func(t *testing.T, text string) {
		state, err := parseState(text)
		if err != nil {
			return
		}
		for key := range state.Peers {
			if key.IsZero() {
				t.Fatalf("a peer without a key: %q", text)
			}
		}
		_ = state.Observed()
	})
}
