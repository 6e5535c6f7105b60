package object

import (
	"net/netip"

	"sallyport.dev/netd/internal/strict"
)

// Ceilings are the local limits that no message can lift. A nil list means: only the built-in
// limits hold; an empty list means: nothing at all.
type Ceilings struct {
	AllowedPrefixes []netip.Prefix
	AllowedDomains  []string
	ServedPrefixes  []netip.Prefix
}

// Pin is what root puts there: the root's SPKI digest and the ceilings of this machine.
type Pin struct {
	RootDigest string // base64url(sha256(SPKI))
	Ceilings   Ceilings
}

// ParsePin reads the file that a pin is kept in.
func ParsePin(raw []byte) (Pin, error) {
	var pin Pin
	err := strict.Object(raw, 256<<10, func(f *strict.Fields) { pin, _ = ReadPin(f) })
	return pin, err
}

// ReadPin reads `p` and the optional `ceilings` of an object that may have further members. It
// answers the bytes that ParsePin reads, too.
func ReadPin(f *strict.Fields) (Pin, []byte) {
	var pin Pin
	file := `{"p":"`
	pin.RootDigest = f.Text("p", 43, 43)
	if _, ok := decode32(pin.RootDigest); !ok {
		f.Fail("p", "not a SHA-256 in base64url")
	}
	file += pin.RootDigest + `"`
	if f.Has("ceilings") {
		f.Nested("ceilings", func(f *strict.Fields) { pin.Ceilings = readCeilings(f) })
		file += `,"ceilings":` + string(f.Bytes("ceilings"))
	}
	return pin, []byte(file + "}")
}

func readCeilings(f *strict.Fields) Ceilings {
	var ceilings Ceilings
	if f.Has("allowedPrefixes") {
		ceilings.AllowedPrefixes = readPrefixes(f, "allowedPrefixes", 0, 1024)
	}
	if f.Has("allowedDomains") {
		ceilings.AllowedDomains = f.Texts("allowedDomains", 0, 512, 253)
	}
	if f.Has("servedPrefixes") {
		ceilings.ServedPrefixes = readPrefixes(f, "servedPrefixes", 0, 1024)
	}
	return ceilings
}
