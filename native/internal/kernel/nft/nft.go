//go:build linux

// Package nft loads whole tables as one transaction by the nft program, without a shell. Callers
// build the text from typed addresses, numbers and their own constants only.
package nft

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// ErrAbsent says that the nft program is not installed in any of its usual places.
var ErrAbsent = errors.New("nft is not installed (package nftables)")

const loadTimeout = 30 * time.Second

// Path finds the program among fixed places; the environment has no say.
func Path() (string, error) {
	for _, folder := range []string{"/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"} {
		path := folder + "/nft"
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", ErrAbsent
}

// Load applies the text as one transaction: all of it or nothing.
func Load(ctx context.Context, text string) error {
	path, err := Path()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, path, "-f", "-")
	command.Env = []string{"LC_ALL=C"}
	command.Dir = "/"
	command.Stdin = strings.NewReader(text)
	output := &strings.Builder{}
	command.Stdout, command.Stderr = output, output
	if err := command.Run(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, firstLine(output.String()))
	}
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line[:min(len(line), 300)]
}
