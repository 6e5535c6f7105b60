//go:build linux

package nstest

import "testing"

func TestTheFirstLineSaysWhy(t *testing.T) {
	for output, want := range map[string]string{
		"=== RUN   TestA\n    a_test.go:7: no nft here\n--- SKIP: TestA (0.00s)\nPASS\n": "a_test.go:7: no nft here",
		"=== RUN   TestA\n=== RUN   TestA/inner\n    a_test.go:9: closed\n" +
			"--- FAIL: TestA (0.01s)\n    --- FAIL: TestA/inner (0.00s)\nFAIL\n": "=== RUN   TestA/inner\n" +
			"    a_test.go:9: closed\n    --- FAIL: TestA/inner (0.00s)",
		"=== RUN   TestA\n": "=== RUN   TestA\n",
	} {
		if got := words("TestA", output); got != want {
			t.Errorf("%q became %q", output, got)
		}
	}
}
