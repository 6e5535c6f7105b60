package strict

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzTree holds the walk against the library's own reading of the same text.
func FuzzTree(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-2.5e3,"x\"\\\u00e9\ud800",true,false,null,{}],"b":{"":[]}}`, " [ ] ", `"a,b]}:"`, `1`,
		`{"a":1,"\u0061":2}`, "\t{\r\n\"k\" : [ { } , [ ] ] }\n", `[[[[[[[[[[[[[1]]]]]]]]]]]]]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tree, err := parse(raw, 1<<16)
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		var wanted any
		libraryErr := decoder.Decode(&wanted)
		if err == nil && (libraryErr != nil || !reflect.DeepEqual(tree, wanted)) {
			t.Fatalf("read %#v of %q, the library %#v, %v", tree, raw, wanted, libraryErr)
		}
	})
}
