//go:build linux || windows

package names

import (
	"bytes"
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/dns/channel"
)

// FuzzAnswer is a child that was taken: whatever it says, only addresses that the config allows, under
// names that are names, reach the kernel.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":1,"ask":"learn","client":"100.96.1.2","name":"a.example","addresses":["10.50.0.10","127.0.0.1"]}`))
	f.Add([]byte(`{"id":2,"ask":"gateway","name":"vpn.public.test","addresses":["192.0.2.1"],"seconds":4294967295}`))
	f.Add([]byte(`{"id":3,"ask":"permit","name":"a\nb"}` + "\n" + `{"ask":"configured"}`))
	allowed := netip.MustParsePrefix("10.50.0.0/16")
	f.Fuzz(func(t *testing.T, raw []byte) {
		k := &kernel{granted: true}
		n := namesAbove(k, allowed.String())
		_ = channel.Read(bytes.NewReader(raw), channel.MaxRequest, func(request channel.Request) error {
			for _, address := range n.answer(request).Accepted {
				if !allowed.Contains(address) {
					t.Fatalf("%q is told %s", raw, address)
				}
			}
			return nil
		})
		for _, found := range k.learned {
			for _, address := range found.Addresses {
				if !allowed.Contains(address) || !plainName.MatchString(found.Name) || found.For < 0 {
					t.Fatalf("%q teaches %+v", raw, found)
				}
			}
		}
		for _, name := range k.gateways {
			if name != "vpn.public.test" {
				t.Fatalf("%q moves the gateway %q", raw, name)
			}
		}
	})
}
