//go:build linux

package systemdns

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func script(t *testing.T, folder, text string) string {
	t.Helper()
	path := filepath.Join(folder, "resolvconf")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAProgramThatNeverStopsTalkingIsRefused(t *testing.T) {
	path := script(t, t.TempDir(), "while :; do echo nameserver 192.0.2.1; done\n")
	if said, err := runProgram(path, ""); !errors.Is(err, errTooMuch) {
		t.Errorf("%d bytes, %v", len(said), err)
	}
}

func TestWhatAProgramLeavesBehindHoldsNobodyUp(t *testing.T) {
	folder := t.TempDir()
	end := filepath.Join(folder, "end")
	path := script(t, folder, "(while [ ! -e "+end+" ]; do sleep 0.1; done) &\necho nameserver 192.0.2.1\n")
	said := make(chan string, 1)
	go func() {
		output, err := runProgram(path, "")
		if err != nil {
			t.Error(err)
		}
		said <- string(output)
	}()
	select {
	case text := <-said:
		if text != "nameserver 192.0.2.1\n" {
			t.Errorf("%q", text)
		}
		write(t, end, "")
	case <-time.After(2 * runTime):
		write(t, end, "")
		t.Error("it waits for what the program left behind")
		<-said
	}
}
