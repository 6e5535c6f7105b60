package ceiling_test

import (
	"net/netip"
	"testing"

	"sallyport.dev/netd/internal/ceiling"
	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/object"
)

func prefixes(texts ...string) []netip.Prefix {
	list := []netip.Prefix{}
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func tunnel(route string) object.Tunnel {
	return object.Tunnel{
		Addresses: prefixes("100.96.1.2/32", "fd96:1:2::102/128"),
		Sites: []object.Site{{
			Routes: prefixes(route),
			Peers:  []object.Peer{{TunnelAddresses: []netip.Addr{netip.MustParseAddr("100.96.0.1")}}},
		}},
	}
}

func expect(t *testing.T, err error, refused bool) {
	t.Helper()
	if refused != (err != nil) {
		t.Fatalf("refused %v, want %v: %v", err != nil, refused, err)
	}
	if err != nil && fault.From(err).Code != fault.Ceiling {
		t.Fatal(err)
	}
}

func TestBuiltInCeilings(t *testing.T) {
	cases := map[string]bool{
		"10.0.0.0/8": false, "10.50.0.10/32": false, "192.0.2.0/24": false, "fd50::/24": false,
		"2001:db8::/32": false, "100.96.0.0/16": false,
		"0.0.0.0/0": true, "0.0.0.0/1": true, "128.0.0.0/1": true, "10.0.0.0/7": true, "::/0": true,
		"fd00::/8": true, "2000::/3": true,
		"127.0.0.1/32": true, "::1/128": true, "169.254.169.254/32": true, "169.254.0.0/16": true,
		"fe80::/64": true, "224.0.0.0/24": true, "239.0.0.0/8": true, "ff02::/32": true,
		"255.255.255.255/32": true, "168.63.129.16/32": true, "168.0.0.0/8": true,
		"fd00:ec2::/32": true, "::ffff:0:0/96": true, "64:ff9b::/96": true,
	}
	for route, refused := range cases {
		t.Run(route, func(t *testing.T) {
			expect(t, ceiling.Tunnel(tunnel(route), object.Ceilings{}), refused)
			protected := tunnel("10.0.0.0/8")
			protected.ProtectedPrefixes = prefixes(route)
			expect(t, ceiling.Tunnel(protected, object.Ceilings{}), refused)
			expect(t, ceiling.Gateway(gateway(route), object.Ceilings{}), refused ||
				route == "100.96.0.0/16")
		})
	}
}

func gateway(target string) object.Gateway {
	return object.Gateway{
		Pools: prefixes("100.96.0.0/16", "fd96:1:2::/48"),
		Resources: []object.Resource{{ID: "r", Targets: []object.Target{
			{Prefix: netip.MustParsePrefix(target), Proto: "any"}}}},
	}
}

func TestLocalCeilingsOnlyNarrow(t *testing.T) {
	allowed := object.Ceilings{
		AllowedPrefixes: prefixes("10.50.0.0/16", "0.0.0.0/0"), AllowedDomains: []string{"corp.example"},
		ServedPrefixes: prefixes("10.50.0.0/24")}
	expect(t, ceiling.Tunnel(tunnel("10.50.1.0/24"), allowed), false)
	expect(t, ceiling.Tunnel(tunnel("0.0.0.0/0"), allowed), true)
	allowed.AllowedPrefixes = allowed.AllowedPrefixes[:1]
	expect(t, ceiling.Tunnel(tunnel("10.51.0.0/24"), allowed), true)
	expect(t, ceiling.Tunnel(tunnel("10.50.0.0/15"), allowed), true)
	expect(t, ceiling.Tunnel(tunnel("10.50.1.0/24"), object.Ceilings{AllowedPrefixes: prefixes()}),
		true)
	expect(t, ceiling.Gateway(gateway("10.50.0.10/32"), allowed), false)
	expect(t, ceiling.Gateway(gateway("10.50.1.10/32"), allowed), true)
}

func TestDomainsNeedAnAllowedParent(t *testing.T) {
	allowed := object.Ceilings{AllowedDomains: []string{"corp.example"}}
	for name, refused := range map[string]bool{
		"corp.example": false, "git.corp.example": false, "notcorp.example": true, "example": true,
	} {
		t.Run(name, func(t *testing.T) {
			asked := tunnel("10.0.0.0/8")
			asked.DNS = []object.DNSDomain{{Name: name}}
			expect(t, ceiling.Tunnel(asked, allowed), refused)
			expect(t, ceiling.Tunnel(asked, object.Ceilings{}), false)
		})
	}
}

func TestTunnelAddressesComeFromPrivateSpace(t *testing.T) {
	public := tunnel("10.0.0.0/8")
	public.Addresses = prefixes("8.8.8.8/32")
	expect(t, ceiling.Tunnel(public, object.Ceilings{}), true)
	peer := tunnel("10.0.0.0/8")
	peer.Sites[0].Peers[0].TunnelAddresses = []netip.Addr{netip.MustParseAddr("8.8.8.8")}
	expect(t, ceiling.Tunnel(peer, object.Ceilings{}), true)
	pool := gateway("10.50.0.10/32")
	pool.Pools = prefixes("198.51.100.0/24")
	expect(t, ceiling.Gateway(pool, object.Ceilings{}), true)
}

func TestTargetInThePoolIsRefused(t *testing.T) {
	expect(t, ceiling.Gateway(gateway("100.96.1.2/32"), object.Ceilings{}), true)
	expect(t, ceiling.Gateway(gateway("fd96:1:2::/64"), object.Ceilings{}), true)
}
