package object

import (
	"regexp"
	"testing"
)

func FuzzID(f *testing.F) {
	digits := "6789abcdefghjkmnpqrstvwxyz"
	for _, text := range []string{
		"", "_", "dev_" + digits, "de_" + digits, "d_" + digits, "devi_" + digits, "Dev_" + digits,
		"dev_" + digits + "0", "dev_" + digits[1:], "dev_" + digits + "\n", "dev__" + digits[1:],
		"dev_i" + digits[1:], "dev_l" + digits[1:], "dev_o" + digits[1:], "dev_u" + digits[1:],
		"dev_A" + digits[1:], "dév_" + digits, "dev-" + digits,
	} {
		f.Add(text)
	}
	model := regexp.MustCompile(`\A[a-z]{2,3}_[0-9a-hjkmnp-tv-z]{26}\z`)
	f.Fuzz(func(t *testing.T, text string) {
		if isID(text) != model.MatchString(text) {
			t.Errorf("%q is an id: %v", text, isID(text))
		}
	})
}
