package object

import "strings"

// isID tells whether this is a kind of two or three letters and 26 digits of Crockford's base 32, both in
// lower case. A snapshot has a hundred thousand of them, of which a regular expression would make a tenth
// of a second.
func isID(text string) bool {
	kind, digits, parted := strings.Cut(text, "_")
	if !parted || len(kind) < 2 || len(kind) > 3 || len(digits) != 26 {
		return false
	}
	for index := range len(kind) {
		if kind[index] < 'a' || kind[index] > 'z' {
			return false
		}
	}
	for index := range len(digits) {
		if strings.IndexByte("0123456789abcdefghjkmnpqrstvwxyz", digits[index]) < 0 {
			return false
		}
	}
	return true
}
