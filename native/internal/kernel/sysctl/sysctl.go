// Package sysctl sets kernel parameters under /proc/sys/net and nothing else.
package sysctl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const root = "/proc/sys/net"

// Read gives a parameter; "" when it does not exist.
func Read(parameter string) string {
	raw, err := os.ReadFile(filepath.Join(root, filepath.Clean("/"+parameter)))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// Ensure writes value where it is not already; a write may restart address configuration, so an
// equal value is left alone. The parameter is written with slashes, e.g. "ipv4/ip_forward".
func Ensure(parameter, value string) error {
	path := filepath.Join(root, filepath.Clean("/"+parameter))
	current, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(current)) == value {
		return nil
	}
	if err := os.WriteFile(path, []byte(value), 0); err != nil {
		return fmt.Errorf("sysctl %s=%s: %w", parameter, value, err)
	}
	return nil
}
