package fakecontroller

import (
	"encoding/base64"

	"sallyport.dev/netd/internal/object"
)

// WireGuardKey is a public key that only depends on seed.
func WireGuardKey(seed byte) object.Key {
	var private object.Key
	private[1] = seed
	public, err := private.Public()
	if err != nil {
		panic(err)
	}
	return public
}

// Tunnel is a good device config: one site with one route inside one protected prefix.
func Tunnel(version int64, nowSeconds int64) Claims {
	return Claims{
		"iss": Issuer, "aud": DeviceURI, "iat": nowSeconds, "minCapability": 1, "version": version,
		"kind": "tunnel", "device": DeviceID, "state": "open",
		"addresses": []string{"100.96.1.2/32", "fd96:1:2::102/128"}, "mtu": 1420,
		"sites": []Claims{{
			"site": SiteID, "routes": []string{"10.50.0.10/32", "fd50::10/128"},
			"peers": []Claims{{
				"gateway": GatewayID, "publicKey": WireGuardKey(9).String(),
				"endpoints": []string{"10.2.0.2:51820"}, "tunnelAddresses": []string{"100.96.0.1",
					"fd96:1:2::1"},
			}},
		}},
		"protectedPrefixes": []string{"10.50.0.0/16", "fd50::/48"}, "bypass": []Claims{},
		"dns":              Claims{"domains": []Claims{}, "upstream": "gateway"},
		"keepaliveSeconds": 25, "grantedUntilAt": (nowSeconds + 3600) * 1000,
	}
}

// Gateway is a good gateway config with one resource.
func Gateway(version int64, nowSeconds int64) Claims {
	return Claims{
		"iss": Issuer, "aud": GateURI, "iat": nowSeconds, "minCapability": 1, "version": version,
		"kind": "gateway", "gateway": GatewayID, "site": SiteID, "listenPort": 51820,
		"addresses": []string{"100.96.0.1/32", "fd96:1:2::1/128"},
		"pools":     []string{"100.96.0.0/16", "fd96:1:2::/48"}, "mtu": 1420, "lan": "auto",
		"forwarding": Claims{"mode": "snat", "v4": true, "v6": true},
		"resources": []Claims{{"id": Resource, "name": "wiki", "targets": []Claims{
			{"cidr": "10.50.0.10/32", "proto": "tcp", "ports": []string{"443", "8000-8100"}}}}},
		"resolvers": []string{}, "maxStaleSeconds": 900,
		"pskSecret": base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
	}
}

// GrantFor is a good grant for one device by number (its key and addresses follow from it).
func GrantFor(number byte, jti string, nowSeconds int64) Claims {
	key := WireGuardKey(number)
	four, six := "100.96.1."+decimal(number)+"/32", "fd96:1:2::1"+decimal(number)+"/128"
	return Claims{
		"iss": Issuer, "aud": GateURI, "sub": "spiffe://" + Domain + "/device/" + DeviceOf(number),
		"jti": jti, "iat": nowSeconds, "nbf": nowSeconds - 30, "exp": nowSeconds + 3600, "ver": 1,
		"lease": 120, "tolerance": 900,
		"cnf":    Claims{"jkt": object.Thumbprint("X25519", key)},
		"wg":     Claims{"pk": key.String(), "ips": []string{four, six}},
		"access": []Claims{{"r": Resource, "exp": nowSeconds + 3600}},
		"dec":    "dec_01k9zq8h5v4t3s2r1q0p9n8m7k", "pol": "0f",
	}
}

// BreakGlassFor is a good break-glass for one device by number.
func BreakGlassFor(number byte, jti string, nowSeconds int64) Claims {
	grant := GrantFor(number, jti, nowSeconds)
	return Claims{
		"aud": GateURI, "sub": grant["sub"], "jti": jti, "iat": nowSeconds, "exp": nowSeconds + 1800,
		"cnf": grant["cnf"], "wg": grant["wg"], "resources": []string{"wiki"}, "reason": "controller lost",
	}
}

// DeviceOf is the id of a device by number.
func DeviceOf(number byte) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	return DeviceID[:len(DeviceID)-2] + string([]byte{alphabet[number>>5], alphabet[number&31]})
}

func decimal(number byte) string {
	if number >= 10 {
		return decimal(number/10) + string('0'+number%10)
	}
	return string('0' + number)
}

// LeaseList is a good lease list; iat may have a fraction.
func LeaseList(nowSeconds float64, jtis ...string) Claims {
	return Claims{
		"iss": Issuer, "aud": GateURI, "iat": nowSeconds, "epoch": "e1", "for": 120,
		"jti": append([]string{}, jtis...),
	}
}
