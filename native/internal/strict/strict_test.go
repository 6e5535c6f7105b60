package strict_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/strict"
)

// readSample asks for one member of every shape.
func readSample(f *strict.Fields) {
	f.Text("text", 1, 8)
	f.Int("int", -5, 10)
	f.Micros("time")
	f.Bool("bool")
	f.Choice("choice", "a", "b")
	f.Texts("texts", 0, 2, 4)
	f.Nested("nested", func(f *strict.Fields) { f.IntOr("absent", 7, 0, 9) })
	f.Objects("objects", 1, 2, func(f *strict.Fields) { f.Bool("x") })
}

const sample = `{"text":"ü","int":-5,"time":1.25,"bool":false,"choice":"b","texts":["abcd",""],` +
	`"nested":{},"objects":[{"x":true}]}`

func TestMembersAreReadExactly(t *testing.T) {
	good := strings.Replace(sample, `,""`, `,"z"`, 1)
	if err := strict.Object([]byte(good), 1000, readSample); err != nil {
		t.Fatal(err)
	}
	cases := map[string][2]string{ // what is replaced in the good sample, by what
		"unknown member":                 {`"nested":{}`, `"nested":{},"other":1`},
		"unknown member inside":          {`"nested":{}`, `"nested":{"other":1}`},
		"other letter case":              {`"text"`, `"Text"`},
		"member twice":                   {`"int":-5`, `"int":-5,"int":-5`},
		"member twice by an escape":      {`"int":-5`, `"int":-5,"\u0069nt":-5`},
		"missing member":                 {`"int":-5,`, ``},
		"null":                           {`"text":"ü"`, `"text":null`},
		"number for text":                {`"text":"ü"`, `"text":5`},
		"text too long":                  {`"ü"`, `"123456789"`},
		"control character":              {`"ü"`, `"\u0007"`},
		"C1 control character":           {`"ü"`, `"\u0085"`},
		"lone surrogate":                 {`"ü"`, `"\ud800"`},
		"int as text":                    {`"int":-5`, `"int":"-5"`},
		"int with a fraction":            {`"int":-5`, `"int":-5.0`},
		"int with an exponent":           {`"int":-5`, `"int":1e0`},
		"int too small":                  {`"int":-5`, `"int":-6`},
		"int too large":                  {`"int":-5`, `"int":11`},
		"int beyond 64 bits":             {`"int":-5`, `"int":99999999999999999999`},
		"time with seven decimals":       {`1.25`, `1.2500000`},
		"negative time":                  {`1.25`, `-1.25`},
		"time with an exponent":          {`1.25`, `1.25e3`},
		"bool as number":                 {`"bool":false`, `"bool":0`},
		"no such choice":                 {`"b"`, `"c"`},
		"list too long":                  {`"z"`, `"z","y"`},
		"item too long":                  {`"z"`, `"abcde"`},
		"empty item":                     {`"z"`, `""`},
		"list for an object":             {`"nested":{}`, `"nested":[]`},
		"object for a list":              {`[{"x":true}]`, `{"x":true}`},
		"too few items":                  {`[{"x":true}]`, `[]`},
		"text after the end":             {`}]}`, `}]} {}`},
		"comment":                        {`{"text"`, `{/**/"text"`},
		"bytes that are no UTF-8":        {"ü", "\xc3"},
		"object inside is of wrong type": {`{"x":true}`, `{"x":1}`},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			if bad == good {
				t.Fatal("the case changes nothing")
			}
			if err := strict.Object([]byte(bad), 1000, readSample); err == nil {
				t.Fatalf("accepted %s", bad)
			}
		})
	}
}

func TestRefusalNamesTheMemberButNotItsValue(t *testing.T) {
	raw := `{"objects":[{"x":true},{"x":"secret"}]}`
	err := strict.Object([]byte(raw), 100, func(f *strict.Fields) {
		f.Objects("objects", 0, 9, func(f *strict.Fields) { f.Bool("x") })
	})
	if err == nil || err.Error() != "objects[1].x: neither true nor false" {
		t.Fatal(err)
	}
}

func TestSizeAndDepthAreBounded(t *testing.T) {
	nothing := func(*strict.Fields) {}
	if err := strict.Object([]byte(`{}          `), 5, nothing); err == nil {
		t.Fatal("longer than allowed")
	}
	deep := strings.Repeat(`{"a":`, 13) + "1" + strings.Repeat("}", 13)
	if err := strict.Object([]byte(deep), 1000, nothing); err == nil ||
		!strings.Contains(err.Error(), "deep") {
		t.Fatal(err)
	}
	// A parser without a limit of depth would need a stack as long as the input.
	if err := strict.Object([]byte(strings.Repeat("[", 1<<20)), 1<<21, nothing); err == nil {
		t.Fatal("accepted")
	}
}

func TestTimeKeepsItsFraction(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1800000000": 1_800_000_000_000_000,
		"1800000000.5": 1_800_000_000_500_000, "1800000000.123456": 1_800_000_000_123_456} {
		var got int64
		err := strict.Object([]byte(`{"t":`+text+`}`), 100,
			func(f *strict.Fields) { got = f.Micros("t") })
		if err != nil || got != want {
			t.Fatalf("%s: %d, %v", text, got, err)
		}
	}
}

// The examples follow RFC 8785 §3.2; the order of members is by UTF-16 code units.
func TestCanonicalForm(t *testing.T) {
	cases := map[string]string{
		`{"b":1,"a":[true,null,false]}`:             `{"a":[true,null,false],"b":1}`,
		`{ "sig" : 1, "a" : { "z":2, "y":"x" } }`:   `{"a":{"y":"x","z":2}}`,
		`{"t":"\u20ac$\u000f\u000aA'\u0042\u0022"}`: "{\"t\":\"€$\\u000f\\nA'B\\\"\"}",
		`{"t":"\\\/\b\f\r\t\u007f"}`:                "{\"t\":\"\\\\/\\b\\f\\r\\t\u007f\"}",
		`{"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3,"\r":4,"1":5}`:// by UTF-16 code units
		"{\"\\r\":4,\"1\":5,\"€\":1,\"😀\":2,\"\ufb33\":3}",
	}
	for raw, want := range cases {
		got, err := strict.Canonical([]byte(raw), 1000, "sig")
		if err != nil || string(got) != want {
			t.Fatalf("%s\n gives %s\n want  %s (%v)", raw, got, want, err)
		}
	}
	for _, bad := range []string{`{"n":1.5}`, `{"n":1e3}`, `{"n":9007199254740993}`, `[]`, `{`} {
		if _, err := strict.Canonical([]byte(bad), 1000, "sig"); err == nil {
			t.Fatalf("accepted %s", bad)
		}
	}
}

// FuzzCanonical: canonical bytes are JSON of the same content and a fixed point.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{"a":{"b":[1,2,{"c":"\u0000"}]}}`))
	f.Add([]byte(`{"\ud800":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := strict.Canonical(raw, 1<<16, "sig")
		if err != nil {
			return
		}
		second, err := strict.Canonical(first, 1<<20, "sig")
		if err != nil || !bytes.Equal(first, second) || !json.Valid(first) {
			t.Fatalf("%q then %q, %v", first, second, err)
		}
	})
}

func FuzzObject(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if strict.Object(raw, 1<<16, readSample) == nil && !json.Valid(raw) {
			t.Fatalf("accepted what is not JSON: %q", raw)
		}
	})
}
