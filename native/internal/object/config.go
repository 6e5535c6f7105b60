package object

import "sallyport.dev/netd/internal/strict"

// MaxConfigBytes bounds the payload of a config: it travels in one wire frame of 256 KiB.
const MaxConfigBytes = 256 << 10

// Envelope holds the claims that every config carries beside its desired state.
type Envelope struct {
	Issuer         string
	Audience       string
	IssuedAtMicros int64
	MinCapability  int64
	Version        int64
}

// Config is the payload of a config JWS: exactly one of Tunnel and Gateway is set.
type Config struct {
	Envelope
	Tunnel  *Tunnel
	Gateway *Gateway
}

// ParseConfig reads the payload of a verified config JWS.
func ParseConfig(raw []byte) (Config, error) {
	var config Config
	err := strict.Object(raw, MaxConfigBytes, func(f *strict.Fields) {
		config.Issuer = f.Text("iss", 1, 300)
		config.Audience = f.Text("aud", 1, 300)
		config.IssuedAtMicros = f.Micros("iat")
		config.MinCapability = f.Int("minCapability", 0, strict.MaxInt)
		config.Version = f.Int("version", 1, strict.MaxInt)
		switch f.Choice("kind", "tunnel", "gateway") {
		case "tunnel":
			config.Tunnel = readTunnel(f)
		case "gateway":
			config.Gateway = readGateway(f)
		}
	})
	return config, err
}
