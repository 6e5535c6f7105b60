package strict

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxInt is the largest integer that every JSON implementation keeps exactly (2^53 - 1).
const MaxInt = 1<<53 - 1

// Fields reads the members of one object. The first refusal is kept; later reads return zero.
type Fields struct {
	place   place
	members members
	seen    []string
	failed  *error
}

// place is where an object stands in another; its text is made for a refusal only.
type place struct {
	outer *place
	name  string
	index int // in a list, from 1; 0 where it is none
}

func (p *place) path() string {
	switch {
	case p.outer == nil:
		return ""
	case p.index == 0:
		return join(p.outer.path(), p.name)
	}
	return fmt.Sprintf("%s[%d]", join(p.outer.path(), p.name), p.index-1)
}

// Object parses raw as one object of at most maxBytes and refuses members that read did not ask
// for.
func Object(raw []byte, maxBytes int, read func(*Fields)) error {
	tree, err := parse(raw, maxBytes)
	if err != nil {
		return err
	}
	var failed error
	readObject(tree, place{}, &failed, read)
	return failed
}

func readObject(tree any, at place, failed *error, read func(*Fields)) {
	members, ok := tree.(members)
	if !ok {
		*failed = &Error{Path: at.path(), Reason: "not an object"}
		return
	}
	fields := &Fields{
		place: at, members: members, seen: make([]string, 0, len(members)), failed: failed}
	read(fields)
	fields.refuseUnknown()
}

func (f *Fields) refuseUnknown() {
	if *f.failed != nil {
		return
	}
	unknown := []string{}
	for _, one := range f.members {
		if !slices.Contains(f.seen, one.name) {
			unknown = append(unknown, one.name)
		}
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		*f.failed = &Error{Path: join(f.place.path(), unknown[0]), Reason: "unknown member"}
	}
}

// Fail refuses the object because of one member; only the first refusal is kept.
func (f *Fields) Fail(name, format string, args ...any) {
	if *f.failed == nil {
		*f.failed = &Error{Path: join(f.place.path(), name), Reason: fmt.Sprintf(format, args...)}
	}
}

// Failed tells whether something was refused already.
func (f *Fields) Failed() bool { return *f.failed != nil }

// Has tells whether the member is there, without reading it.
func (f *Fields) Has(name string) bool { return f.members.has(name) }

func (f *Fields) take(name string) (any, bool) {
	f.seen = append(f.seen, name)
	if f.Failed() {
		return nil, false
	}
	value, ok := f.members.get(name)
	if !ok {
		f.Fail(name, "missing")
	}
	return value, ok
}

// Text reads a string of min to max bytes without control characters.
func (f *Fields) Text(name string, min, max int) string {
	value, ok := f.take(name)
	if !ok {
		return ""
	}
	text, problem := plainText(value, min, max)
	if problem != "" {
		f.Fail(name, "%s", problem)
	}
	return text
}

// plainText is a string of min to max bytes without control characters, or what is wrong with it.
func plainText(value any, min, max int) (text, problem string) {
	text, ok := value.(string)
	switch {
	case !ok:
		return "", "not a string"
	case len(text) < min || len(text) > max:
		return "", fmt.Sprintf("not %d to %d bytes long", min, max)
	case strings.ContainsFunc(text, isControl):
		return "", "holds control characters"
	}
	return text, ""
}

func isControl(r rune) bool { return r < 0x20 || (r >= 0x7f && r < 0xa0) || r == utf8.RuneError }

// Int reads an integer in min..max; fractions and exponents are refused.
func (f *Fields) Int(name string, min, max int64) int64 {
	value, ok := f.take(name)
	if !ok {
		return 0
	}
	number, ok := value.(json.Number)
	if !ok {
		f.Fail(name, "not a number")
		return 0
	}
	integer, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil || integer < min || integer > max {
		f.Fail(name, "not an integer in %d..%d", min, max)
		return 0
	}
	return integer
}

// IntOr is Int for a member that may be absent.
func (f *Fields) IntOr(name string, absent, min, max int64) int64 {
	if !f.Has(name) {
		return absent
	}
	return f.Int(name, min, max)
}

// Micros reads a NumericDate in seconds with at most six decimals, as microseconds.
func (f *Fields) Micros(name string) int64 {
	value, ok := f.take(name)
	if !ok {
		return 0
	}
	number, ok := value.(json.Number)
	if !ok {
		f.Fail(name, "not a number")
		return 0
	}
	whole, fraction, _ := strings.Cut(string(number), ".")
	if len(fraction) > 6 {
		f.Fail(name, "more than six decimals")
		return 0
	}
	micros, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 6-len(fraction)), 10, 64)
	if err != nil || micros < 0 || micros > math.MaxInt64/2 {
		f.Fail(name, "not a time in seconds")
		return 0
	}
	return micros
}

// Bool reads true or false.
func (f *Fields) Bool(name string) bool {
	value, ok := f.take(name)
	if !ok {
		return false
	}
	boolean, ok := value.(bool)
	if !ok {
		f.Fail(name, "neither true nor false")
	}
	return boolean
}

// Choice reads one of a closed list of words.
func (f *Fields) Choice(name string, words ...string) string {
	text := f.Text(name, 0, 64)
	if !f.Failed() && !slices.Contains(words, text) {
		f.Fail(name, "none of %s", strings.Join(words, ", "))
	}
	return text
}

// Nested reads a member that is an object.
func (f *Fields) Nested(name string, read func(*Fields)) {
	value, ok := f.take(name)
	if ok {
		readObject(value, place{outer: &f.place, name: name}, f.failed, read)
	}
}

// Objects reads a list of min to max objects.
func (f *Fields) Objects(name string, min, max int, read func(*Fields)) {
	for index, item := range f.list(name, min, max) {
		if f.Failed() {
			return
		}
		readObject(item, place{&f.place, name, index + 1}, f.failed, read)
	}
}

// Texts reads a list of min to max strings of at most maxBytes each.
func (f *Fields) Texts(name string, min, max, maxBytes int) []string {
	items := f.list(name, min, max)
	texts := make([]string, 0, len(items))
	for index, item := range items {
		text, problem := plainText(item, 1, maxBytes)
		if problem != "" {
			f.Fail(fmt.Sprintf("%s[%d]", name, index), "%s", problem)
		}
		texts = append(texts, text)
	}
	return texts
}

// Multilines reads a list of min to max strings of at most maxBytes each, line ends allowed.
func (f *Fields) Multilines(name string, min, max, maxBytes int) []string {
	texts := []string{}
	for index, item := range f.list(name, min, max) {
		text, ok := item.(string)
		if !ok || len(text) > maxBytes {
			f.Fail(fmt.Sprintf("%s[%d]", name, index), "not a string of at most %d bytes", maxBytes)
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

func (f *Fields) list(name string, min, max int) []any {
	value, ok := f.take(name)
	if !ok {
		return nil
	}
	items, ok := value.([]any)
	if !ok {
		f.Fail(name, "not a list")
		return nil
	}
	if len(items) < min || len(items) > max {
		f.Fail(name, "not %d to %d items", min, max)
		return nil
	}
	return items
}

// Bytes reads a member of any shape as its canonical bytes (RFC 8785), for another parser.
func (f *Fields) Bytes(name string) []byte {
	value, ok := f.take(name)
	if !ok {
		return nil
	}
	var out strings.Builder
	if err := writeCanonical(&out, value); err != nil {
		f.Fail(name, "%s", err)
	}
	return []byte(out.String())
}
