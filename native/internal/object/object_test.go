package object_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/fakecontroller"
	"sallyport.dev/netd/internal/object"
)

type claims = fakecontroller.Claims

const now = 1_800_000_000

func encode(t testing.TB, value any) []byte {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parseGateway(t *testing.T, change func(claims)) (object.Config, error) {
	t.Helper()
	config := fakecontroller.Gateway(1, now)
	change(config)
	return object.ParseConfig(encode(t, config))
}

func TestGatewayConfigIsReadWhole(t *testing.T) {
	config, err := parseGateway(t, func(claims) {})
	if err != nil {
		t.Fatal(err)
	}
	gateway := config.Gateway
	want := []object.PortRange{{First: 443, Last: 443}, {First: 8000, Last: 8100}}
	if gateway.Mode != "snat" || !gateway.ForwardV6 || gateway.ListenPort != 51820 ||
		!reflect.DeepEqual(gateway.Resources[0].Targets[0].Ports, want) ||
		gateway.Addresses[1] != netip.MustParseAddr("fd96:1:2::1") {
		t.Fatalf("%+v", gateway)
	}
}

func target(members claims) func(claims) {
	return func(config claims) {
		config["resources"].([]claims)[0]["targets"] = []claims{members}
	}
}

func TestTargetsWithoutPortsMeanAllOfThem(t *testing.T) {
	config, err := parseGateway(t, target(claims{"cidr": "10.50.0.0/24", "proto": "udp",
		"ports": []string{}}))
	if err != nil {
		t.Fatal(err)
	}
	if ports := config.Gateway.Resources[0].Targets[0].Ports; !reflect.DeepEqual(ports,
		[]object.PortRange{{First: 0, Last: 65535}}) {
		t.Fatalf("%v", ports)
	}
}

func TestBadGatewayConfigsAreRefused(t *testing.T) {
	cases := map[string]func(claims){
		"neither cidr nor domain": target(claims{"proto": "tcp", "ports": []string{"1"}}),
		"cidr and domain": target(claims{"cidr": "10.0.0.0/8", "domain": "a.example",
			"proto": "tcp", "ports": []string{"1"}}),
		"ports with icmp": target(claims{"cidr": "10.0.0.0/8", "proto": "icmp",
			"ports": []string{"1"}}),
		"port 65536": target(claims{"cidr": "10.0.0.0/8", "proto": "tcp",
			"ports": []string{"65536"}}),
		"port with a zero before": target(claims{"cidr": "10.0.0.0/8", "proto": "tcp",
			"ports": []string{"080"}}),
		"ports the wrong way": target(claims{"cidr": "10.0.0.0/8", "proto": "tcp",
			"ports": []string{"20-10"}}),
		"protocol by number":  target(claims{"cidr": "10.0.0.0/8", "proto": "47"}),
		"host bits":           target(claims{"cidr": "10.0.0.1/8", "proto": "any"}),
		"IPv4 in IPv6":        target(claims{"cidr": "::ffff:10.0.0.0/104", "proto": "any"}),
		"long form of IPv6":   target(claims{"cidr": "fd50:0::/32", "proto": "any"}),
		"own address outside": func(config claims) { config["addresses"] = []string{"10.0.0.1/32"} },
		"two pools of one family": func(config claims) {
			config["pools"] = []string{"100.96.0.0/16",
				"100.97.0.0/16"}
		},
		"a resource twice": func(config claims) {
			resources := config["resources"].([]claims)
			config["resources"] = append(resources, resources[0])
		},
		"interface name with a slash": func(config claims) { config["lan"] = "../eth0" },
		"short secret":                func(config claims) { config["pskSecret"] = "AAAA" },
		"no version":                  func(config claims) { delete(config, "version") },
		"both kinds":                  func(config claims) { config["device"] = fakecontroller.DeviceID },
		"5000 resources": func(config claims) {
			config["resources"] = make([]claims, 5000)
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := parseGateway(t, change); err == nil {
				t.Fatal("accepted")
			}
		})
	}
}

func TestTunnelConfigIsReadWhole(t *testing.T) {
	raw := fakecontroller.Tunnel(3, now)
	raw["bypass"] = []claims{{"address": "10.50.0.1", "proto": "tcp", "port": 8443}}
	raw["dns"] = claims{"upstream": "gateway", "domains": []claims{
		{"name": "corp.example", "wildcard": true, "site": fakecontroller.SiteID, "granted": false}}}
	config, err := object.ParseConfig(encode(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	peer := config.Tunnel.Sites[0].Peers[0]
	if config.Version != 3 || peer.Endpoints[0].Port != 51820 || !peer.PresharedKey.IsZero() ||
		config.Tunnel.Bypass[0].Port != 8443 || !config.Tunnel.DNS[0].Wildcard {
		t.Fatalf("%+v", config.Tunnel)
	}
}

func TestEndpoints(t *testing.T) {
	good := map[string]string{
		"192.0.2.1:51820": "192.0.2.1", "[2001:db8::1]:51820": "2001:db8::1", "vpn.example:1": ""}
	for text, address := range good {
		endpoint, ok := object.ParseEndpoint(text)
		if !ok || (address != "" && endpoint.Address.String() != address) ||
			(address == "") == endpoint.Address.IsValid() {
			t.Fatalf("%s: %+v %v", text, endpoint, ok)
		}
	}
	for _, text := range []string{"", "192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536",
		"2001:db8::1:51820",
		"[fe80::1%eth0]:1", "vpn example:1", "-x:1", "vpn.example:1:2", "vpn.example:"} {
		if endpoint, ok := object.ParseEndpoint(text); ok {
			t.Fatalf("%q: %+v", text, endpoint)
		}
	}
}

// The example is that of RFC 8037, appendix A.3.
func TestThumbprintIsTheOneOfTheStandard(t *testing.T) {
	raw := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",` +
		`"kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}`
	set := `{"version":1,"aud":"x","roots":["` + strings.Repeat("A", 43) + `"],"configKeys":[` + raw +
		`],"grantKeys":[` + raw + `],"leaseKeys":[` + raw + `],"breakGlassKeys":[],"killed":[],` +
		`"chain":["a","b"],"sig":"` + strings.Repeat("A", 86) + `"}`
	if _, err := object.ParseTrustSet([]byte(set)); err != nil {
		t.Fatal(err)
	}
	if _, err := object.ParseTrustSet([]byte(strings.Replace(set, "kPrK", "kPrL", 1))); err == nil {
		t.Fatal("a wrong kid was accepted")
	}
}

func TestKeys(t *testing.T) {
	if _, ok := object.ParseKey("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="); !ok {
		t.Fatal("a good key was refused")
	}
	for _, bad := range []string{"", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"} {
		if _, ok := object.ParseKey(bad); ok {
			t.Fatalf("%q was accepted", bad)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(encode(f, fakecontroller.Gateway(1, now)))
	f.Add(encode(f, fakecontroller.Tunnel(1, now)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := object.ParseConfig(raw)
		if err == nil && (config.Tunnel == nil) == (config.Gateway == nil) {
			t.Fatalf("neither or both kinds: %s", raw)
		}
	})
}

func FuzzGrantObject(f *testing.F) {
	f.Add(encode(f, fakecontroller.GrantFor(1, "j1", now)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		grant, err := object.ParseGrant(raw)
		if err == nil && (grant.ExpiresAt > grant.IssuedAt+43200 || len(grant.Access) == 0 ||
			len(grant.Addresses) == 0) {
			t.Fatalf("accepted %s", raw)
		}
	})
}

func FuzzLeaseList(f *testing.F) {
	f.Add(encode(f, fakecontroller.LeaseList(now+0.5, "j1", "j2")))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if list, err := object.ParseLeaseList(raw); err == nil && (list.ForSeconds > 900 ||
			len(list.JTIs) > 4096) {
			t.Fatalf("accepted %s", raw)
		}
	})
}

func FuzzTrustSet(f *testing.F) {
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if set, err := object.ParseTrustSet(raw); err == nil && len(set.Chain) < 2 {
			t.Fatalf("accepted %s", raw)
		}
	})
}

// CVE-2026-105429: a name that another program reads as more than a name.
func TestAttackHostileNamesAreRefused(t *testing.T) {
	set := func(name string, value any) func(claims) {
		return func(config claims) { config[name] = value }
	}
	for _, bytes := range []string{
		`"`, `'`, ";", "\n", "\x00", "$(id)", "{", "}", " ", "/", `\`, "\u202e", "ä",
	} {
		name := "wiki" + bytes + "x"
		for what, change := range map[string]func(claims){
			"lan":      set("lan", name),
			"resource": func(config claims) { config["resources"].([]claims)[0]["name"] = name },
			"domain":   target(claims{"domain": name + ".corp.example", "proto": "tcp"}),
			"cidr":     target(claims{"cidr": "10.50.0.10/32" + bytes, "proto": "tcp"}),
			"resolver": set("resolvers", []string{"10.50.0.53" + bytes}),
		} {
			if _, err := parseGateway(t, change); err == nil {
				t.Errorf("%s with %q was accepted", what, bytes)
			}
		}
		tunnel := fakecontroller.Tunnel(3, now)
		tunnel["dns"] = claims{"upstream": "gateway", "domains": []claims{{
			"name": name + ".example", "wildcard": true, "site": fakecontroller.SiteID, "granted": false}}}
		if _, err := object.ParseConfig(encode(t, tunnel)); err == nil {
			t.Errorf("a protected name with %q was accepted", bytes)
		}
		if endpoint, ok := object.ParseEndpoint(name + ".example:51820"); ok {
			t.Errorf("an endpoint with %q was accepted: %+v", bytes, endpoint)
		}
	}
}
