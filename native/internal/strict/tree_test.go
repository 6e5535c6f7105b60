package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
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
		if err == nil && (libraryErr != nil || !reflect.DeepEqual(plain(tree), wanted)) {
			t.Fatalf("read %#v of %q, the library %#v, %v", tree, raw, wanted, libraryErr)
		}
	})
}

// plain turns members into the maps of the library.
func plain(tree any) any {
	switch value := tree.(type) {
	case members:
		plainly := map[string]any{}
		for _, one := range value {
			plainly[one.name] = plain(one.value)
		}
		return plainly
	case []any:
		plainly := []any{}
		for _, item := range value {
			plainly = append(plainly, plain(item))
		}
		return plainly
	}
	return tree
}

func TestAMemberThatStandsTwiceIsFoundAmongManyToo(t *testing.T) {
	for _, count := range []int{1, fewMembers - 1, fewMembers, fewMembers + 1, 5 * fewMembers} {
		text := strings.Builder{}
		for index := range count {
			fmt.Fprintf(&text, `"m%d":{"m0":%d},`, index, index)
		}
		all := text.String()
		if _, err := parse([]byte("{"+all+`"last":1}`), 1<<16); err != nil {
			t.Errorf("%d members: %v", count, err)
		}
		for _, twice := range []string{"m0", fmt.Sprintf("m%d", count-1)} {
			if _, err := parse(fmt.Appendf(nil, `{%s"last":1,%q:2}`, all, twice), 1<<16); err == nil {
				t.Errorf("%s stands twice among %d and is read", twice, count)
			}
		}
	}
}
