// Package strict reads JSON the way signed objects must be read: exact member names, no member
// twice, no unknown member, no trailing bytes, every size bounded. It never guesses and never
// repeats a value in an error, so errors may be logged.
package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxDepth is above the deepest object of the interface (config > sites > peers > endpoints).
const maxDepth = 12

// Error says which member was refused and why; Path is empty for the object itself.
type Error struct {
	Path   string
	Reason string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// parse builds a tree of members, []any, string, json.Number, bool and nil. The library judges
// the text; a walk over what it found valid is several times as fast as its own reader of tokens.
func parse(raw []byte, maxBytes int) (any, error) {
	if len(raw) > maxBytes {
		return nil, &Error{Reason: fmt.Sprintf("longer than %d bytes", maxBytes)}
	}
	// encoding/json replaces bad UTF-8 silently.
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, &Error{Reason: "not valid JSON in UTF-8"}
	}
	w := walk{raw: raw}
	tree, problem := w.value(0)
	if problem != nil {
		return nil, problem
	}
	return tree, nil
}

// walk reads valid JSON from one place on.
type walk struct {
	raw  []byte
	at   int
	open members // of all objects that did not end yet
}

// next skips white space and what separates items, and answers the byte it stands on.
func (w *walk) next() byte {
	for {
		switch w.raw[w.at] {
		case ' ', '\t', '\n', '\r', ',', ':':
			w.at++
		default:
			return w.raw[w.at]
		}
	}
}

// value names the place of a problem only on the way back: good input is read without it.
func (w *walk) value(depth int) (any, *Error) {
	first := w.next()
	if (first == '[' || first == '{') && depth == maxDepth {
		return nil, &Error{Reason: "nested too deeply"}
	}
	switch first {
	case '{':
		return w.object(depth + 1)
	case '[':
		return w.array(depth + 1)
	case '"':
		return w.text(), nil
	}
	switch word := w.word(); word {
	case "null":
		return nil, nil
	case "true", "false":
		return word == "true", nil
	default:
		return json.Number(word), nil
	}
}

func (w *walk) array(depth int) (any, *Error) {
	items := []any{}
	for w.at++; w.next() != ']'; {
		item, problem := w.value(depth)
		if problem != nil {
			return nil, problem.inside(fmt.Sprintf("[%d]", len(items)))
		}
		items = append(items, item)
	}
	w.at++
	return items, nil
}

func (w *walk) object(depth int) (any, *Error) {
	// They stand behind those of the objects around this one until their number is known.
	begin := len(w.open)
	var names map[string]bool
	for w.at++; w.next() != '}'; {
		name := w.text()
		found := members(w.open[begin:])
		if len(found) == fewMembers {
			names = found.names()
		}
		if twice := names[name]; twice || names == nil && found.has(name) {
			return nil, &Error{Reason: "a member stands there twice"}
		}
		value, problem := w.value(depth)
		if problem != nil {
			return nil, problem.inside(name[:min(len(name), 64)])
		}
		w.open = append(w.open, member{name, value})
		if names != nil {
			names[name] = true
		}
	}
	w.at++
	found := slices.Clone(members(w.open[begin:]))
	w.open = w.open[:begin]
	return found, nil
}

// text reads a string; the library makes of escapes what it always makes of them.
func (w *walk) text() string {
	begin := w.at
	escaped := false
	for w.at++; w.raw[w.at] != '"'; w.at++ {
		if w.raw[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	if !escaped {
		return string(w.raw[begin+1 : w.at-1])
	}
	var text string
	// Valid as a whole, so each string in it is.
	_ = json.Unmarshal(w.raw[begin:w.at], &text)
	return text
}

// word reads a number or a literal.
func (w *walk) word() string {
	begin := w.at
	for w.at < len(w.raw) && !bytes.ContainsRune([]byte(" \t\n\r,]}"), rune(w.raw[w.at])) {
		w.at++
	}
	return string(w.raw[begin:w.at])
}

// inside moves a problem into the member or item in which it was met.
func (e *Error) inside(outer string) *Error {
	if e.Path == "" || e.Path[0] == '[' {
		return &Error{Path: outer + e.Path, Reason: e.Reason}
	}
	return &Error{Path: outer + "." + e.Path, Reason: e.Reason}
}

func join(path, name string) string {
	if len(name) > 64 {
		name = name[:64]
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
