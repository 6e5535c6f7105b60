//go:build linux

package filter

import (
	"bytes"
	"testing"

	"sallyport.dev/netd/internal/kernel/nfnl"
)

// FuzzElementKeys reads keys of sets as a kernel, or who wrote into our sets, may give them.
func FuzzElementKeys(f *testing.F) {
	f.Add([]byte("\x0a\x32\x00\x0a\x06\x00\x00\x00\x01\xbb\x00\x00"), []byte("\x0a\x32\x00\x0a"), []byte("abcd"))
	f.Fuzz(func(t *testing.T, key, end, data []byte) {
		if one, ok := readPermit(key); ok && !bytes.Equal(permitKey(one), key) {
			t.Fatalf("%x was read as %+v", key, one)
		}
		for _, size := range []int{4, 16} {
			if item, ok := readDenial(nfnl.Held{Key: key}, size); ok && item.source.BitLen() != 8*size {
				t.Fatalf("%x was read as %+v", key, item)
			}
		}
		for _, set := range []string{"learn4", "learn6", "learnp4", "learnp6"} {
			item, ok := readItem(set, nfnl.Held{Key: key, End: end, Data: data})
			if ok && setOf(set[:len(set)-1], item.first) != set {
				t.Fatalf("%+v in %s", item, set)
			}
		}
	})
}
