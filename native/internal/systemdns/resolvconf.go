//go:build linux

package systemdns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const runTime = 10 * time.Second

// takeResolvconf registers our stub and then looks whether it stands alone in the file: openresolv
// can do that (-x), Debian's resolvconf cannot and keeps others beside it, who would hear our names.
func (s *System) takeResolvconf(f file, wanted Wanted) (State, error) {
	program, err := s.resolvconf()
	if err != nil {
		return State{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if !alone(f, wanted.Stub) {
		text := fmt.Sprintf("nameserver %s\n", wanted.Stub[0])
		_, err = runProgram(program, text, "-m", "0", "-x", "-a", wanted.Link)
		now, readErr := readFile(s.places.ResolvConf)
		if err = errors.Join(err, readErr); err == nil && !alone(now, wanted.Stub) {
			err = errors.New("it keeps other resolvers beside ours, and they would hear protected names")
		}
		if err != nil {
			return State{}, errors.Join(s.releaseResolvconf(wanted.Link),
				fmt.Errorf("%w: %s: %w", ErrRefused, program, err))
		}
	}
	everybody, err := runProgram(program, "", "-l")
	if err != nil {
		return State{}, err
	}
	s.mode = "resolvconf"
	return State{Mode: "resolvconf", Others: parseFile(everybody).others(wanted.Stub)}, nil
}

func alone(f file, stub []netip.Addr) bool {
	servers := f.nameservers()
	return len(servers) > 0 && !slices.ContainsFunc(servers, func(address netip.Addr) bool {
		return !slices.Contains(stub, address)
	})
}

func (s *System) releaseResolvconf(link string) error {
	f, err := readFile(s.places.ResolvConf)
	if err != nil || f.writer != byResolvconf {
		return nil
	}
	program, err := s.resolvconf()
	if err != nil {
		return err
	}
	_, err = runProgram(program, "", "-f", "-d", link)
	return err
}

func (s *System) resolvconf() (string, error) {
	for _, path := range s.places.Resolvconf {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", errors.New("resolvconf wrote the file and is not installed any more")
}

// errTooMuch is said of a program that does not stop talking.
var errTooMuch = fmt.Errorf("it says more than %d bytes", maxFile)

// bounded keeps what a program says, up to what a file may hold.
type bounded struct {
	said    []byte
	tooMuch bool
}

func (b *bounded) Write(raw []byte) (int, error) {
	if len(b.said)+len(raw) > maxFile {
		b.tooMuch = true
		return 0, errTooMuch
	}
	b.said = append(b.said, raw...)
	return len(raw), nil
}

func runProgram(path, input string, arguments ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), runTime)
	defer cancel()
	command := exec.CommandContext(ctx, path, arguments...)
	command.Env, command.Dir = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "/"
	command.Stdin = strings.NewReader(input)
	output := &bounded{}
	command.Stdout, command.Stderr = output, output
	// What it starts and leaves behind may hold our end of the pipe for ever.
	command.WaitDelay = time.Second
	err := command.Run()
	if output.tooMuch {
		return nil, fmt.Errorf("%s: %w", path, errTooMuch)
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return nil, fmt.Errorf("%s: %w: %s", path, err,
			strings.TrimSpace(string(output.said[:min(len(output.said), 300)])))
	}
	return output.said, nil
}
