// Package strict reads JSON the way signed objects must be read: exact member names, no member
// twice, no unknown member, no trailing bytes, every size bounded. It never guesses and never
// repeats a value in an error, so errors may be logged.
package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// parse builds a tree of map[string]any, []any, string, json.Number, bool and nil.
func parse(raw []byte, maxBytes int) (any, error) {
	if len(raw) > maxBytes {
		return nil, &Error{Reason: fmt.Sprintf("longer than %d bytes", maxBytes)}
	}
	// encoding/json replaces bad UTF-8 silently, and its token reader alone is laxer than Valid.
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, &Error{Reason: "not valid JSON in UTF-8"}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	tree, problem := parseValue(decoder, 0)
	if problem != nil {
		return nil, problem
	}
	return tree, nil
}

// parseValue names the place of a problem only on the way back: good input is read without it.
func parseValue(decoder *json.Decoder, depth int) (any, *Error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, &Error{Reason: "not valid JSON"}
	}
	delimiter, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, &Error{Reason: "nested too deeply"}
	}
	if delimiter == '[' {
		return parseArray(decoder, depth+1)
	}
	return parseObject(decoder, depth+1)
}

func parseArray(decoder *json.Decoder, depth int) (any, *Error) {
	items := []any{}
	for decoder.More() {
		item, problem := parseValue(decoder, depth)
		if problem != nil {
			return nil, problem.inside(fmt.Sprintf("[%d]", len(items)))
		}
		items = append(items, item)
	}
	return items, end(decoder)
}

func parseObject(decoder *json.Decoder, depth int) (any, *Error) {
	members := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, &Error{Reason: "not valid JSON"}
		}
		name := token.(string)
		if _, twice := members[name]; twice {
			return nil, &Error{Reason: "a member stands there twice"}
		}
		value, problem := parseValue(decoder, depth)
		if problem != nil {
			return nil, problem.inside(name[:min(len(name), 64)])
		}
		members[name] = value
	}
	return members, end(decoder)
}

func end(decoder *json.Decoder) *Error {
	if _, err := decoder.Token(); err != nil {
		return &Error{Reason: "not valid JSON"}
	}
	return nil
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
