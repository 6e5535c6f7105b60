package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"sallyport.dev/netd/internal/strict"
)

// maxInside is more than a gateway remembers.
const maxInside = 1 << 16

// ParseInside reads InsideFile.
func ParseInside(raw []byte) ([]netip.Prefix, error) {
	prefixes := []netip.Prefix{}
	err := strict.Object(raw, maxFileBytes, func(f *strict.Fields) {
		for _, text := range f.Texts("prefixes", 0, maxInside, 64) {
			prefix, err := netip.ParsePrefix(text)
			if err != nil || prefix != prefix.Masked() {
				f.Fail("prefixes", "not a prefix")
				return
			}
			prefixes = append(prefixes, prefix)
		}
	})
	if err != nil {
		return nil, err
	}
	return prefixes, nil
}

// Recall answers what Remember kept.
func (s *Store) Recall() ([]netip.Prefix, error) {
	raw, err := s.Read(InsideFile)
	if raw == nil || err != nil {
		return nil, err
	}
	return ParseInside(raw)
}

// Remember keeps the prefixes that a gateway had a route to, narrower than the default one.
func (s *Store) Remember(prefixes []netip.Prefix) error {
	if len(prefixes) == 0 {
		err := os.Remove(filepath.Join(s.dir, InsideFile))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, syncFolder(s.dir))
	}
	raw, err := json.Marshal(map[string][]netip.Prefix{"prefixes": prefixes})
	if err != nil {
		return err
	}
	return s.Write(InsideFile, raw)
}
