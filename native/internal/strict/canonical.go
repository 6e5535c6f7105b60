package strict

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Canonical gives the RFC 8785 bytes of an object without one of its members. Numbers must be
// integers that JSON keeps exactly, since nothing that we sign this way holds others.
func Canonical(raw []byte, maxBytes int, without string) ([]byte, error) {
	tree, err := parse(raw, maxBytes)
	if err != nil {
		return nil, err
	}
	all, ok := tree.(members)
	if !ok {
		return nil, &Error{Reason: "not an object"}
	}
	kept := slices.DeleteFunc(all, func(one member) bool { return one.name == without })
	var out strings.Builder
	if err := writeCanonical(&out, kept); err != nil {
		return nil, err
	}
	return []byte(out.String()), nil
}

func writeCanonical(out *strings.Builder, value any) error {
	switch value := value.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(value))
	case string:
		writeString(out, value)
	case json.Number:
		integer, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil || integer > MaxInt || integer < -MaxInt {
			return &Error{Reason: "a number that is not an exact integer"}
		}
		out.WriteString(strconv.FormatInt(integer, 10))
	case []any:
		return writeList(out, value)
	case members:
		return writeMembers(out, value)
	}
	return nil
}

func writeList(out *strings.Builder, items []any) error {
	out.WriteByte('[')
	for index, item := range items {
		if index > 0 {
			out.WriteByte(',')
		}
		if err := writeCanonical(out, item); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func writeMembers(out *strings.Builder, all members) error {
	sorted := slices.Clone(all)
	sort.Slice(sorted, func(a, b int) bool { return lessUTF16(sorted[a].name, sorted[b].name) })
	out.WriteByte('{')
	for index, one := range sorted {
		if index > 0 {
			out.WriteByte(',')
		}
		writeString(out, one.name)
		out.WriteByte(':')
		if err := writeCanonical(out, one.value); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

// lessUTF16 is the order RFC 8785 demands; it differs from byte order beyond the BMP.
func lessUTF16(a, b string) bool {
	left, right := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for index := 0; index < len(left) && index < len(right); index++ {
		if left[index] != right[index] {
			return left[index] < right[index]
		}
	}
	return len(left) < len(right)
}

func writeString(out *strings.Builder, text string) {
	const short = "btn?fr" // \b \t \n (none) \f \r stand at 0x08..0x0d
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r >= 0x08 && r <= 0x0d && r != 0x0b:
			out.WriteByte('\\')
			out.WriteByte(short[r-0x08])
		case r < 0x20:
			out.WriteString(`\u00`)
			out.WriteByte("0123456789abcdef"[r>>4])
			out.WriteByte("0123456789abcdef"[r&15])
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
