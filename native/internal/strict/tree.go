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
	return parseValue(decoder, "", 0)
}

func parseValue(decoder *json.Decoder, path string, depth int) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, &Error{Path: path, Reason: "not valid JSON"}
	}
	delimiter, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == maxDepth {
		return nil, &Error{Path: path, Reason: "nested too deeply"}
	}
	if delimiter == '[' {
		return parseArray(decoder, path, depth+1)
	}
	return parseObject(decoder, path, depth+1)
}

func parseArray(decoder *json.Decoder, path string, depth int) (any, error) {
	items := []any{}
	for decoder.More() {
		item, err := parseValue(decoder, fmt.Sprintf("%s[%d]", path, len(items)), depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := decoder.Token()
	return items, err
}

func parseObject(decoder *json.Decoder, path string, depth int) (any, error) {
	members := map[string]any{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, &Error{Path: path, Reason: "not valid JSON"}
		}
		name := token.(string)
		if _, twice := members[name]; twice {
			return nil, &Error{Path: path, Reason: "a member stands there twice"}
		}
		value, err := parseValue(decoder, join(path, name), depth)
		if err != nil {
			return nil, err
		}
		members[name] = value
	}
	_, err := decoder.Token()
	return members, err
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
