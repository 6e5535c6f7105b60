//go:build linux

package systemdns

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// writer is who keeps /etc/resolv.conf.
type writer int

const (
	byNobody writer = iota
	byUs
	byResolved
	byNetworkManager
	byResolvconf
)

const (
	maxFile = 64 << 10
	head    = "# Written by sallyport-netd; the lines below marked #| come back when it leaves.\n"
	// formerMark stands before each line of the file as it was.
	formerMark = "#| "
	// stubOfResolved is the address that resolved answers programs on.
	stubOfResolved = "127.0.0.53"

	// Whoever writes the file more often than this does not do so because the network changed.
	maxTakes    = 3
	takesWithin = time.Minute
)

// file is /etc/resolv.conf as it stands; for one of ours the lines are those of before.
type file struct {
	writer writer
	raw    []byte
	lines  []string
}

func readFile(path string) (file, error) {
	handle, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return file{}, fmt.Errorf("%w: there is no %s", ErrRefused, path)
	}
	if err != nil {
		return file{}, err
	}
	defer func() { _ = handle.Close() }()
	raw, err := io.ReadAll(io.LimitReader(handle, maxFile))
	if err != nil {
		return file{}, err
	}
	found := parseFile(raw)
	if target, err := os.Readlink(path); err == nil && found.writer == byNobody {
		switch {
		case strings.Contains(target, "systemd/resolve/"):
			found.writer = byResolved
		case strings.Contains(target, "NetworkManager/"):
			found.writer = byNetworkManager
		case strings.Contains(target, "resolvconf/"):
			found.writer = byResolvconf
		}
	}
	return found, nil
}

func parseFile(raw []byte) file {
	found := file{raw: raw}
	text := string(raw)
	if strings.HasPrefix(text, head) {
		found.writer = byUs
		for line := range strings.Lines(text) {
			if former, marked := strings.CutPrefix(line, formerMark); marked {
				found.lines = append(found.lines, strings.TrimRight(former, "\n"))
			}
		}
		return found
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		found.lines = append(found.lines, line)
		if !strings.HasPrefix(line, "#") {
			continue
		}
		switch {
		case strings.Contains(line, "systemd-resolved"):
			found.writer = byResolved
		case strings.Contains(line, "NetworkManager"):
			found.writer = byNetworkManager
		case strings.Contains(line, "resolvconf"):
			found.writer = byResolvconf
		}
	}
	if slices.Contains(found.nameservers(), netip.MustParseAddr(stubOfResolved)) {
		found.writer = byResolved
	}
	return found
}

func (f file) nameservers() []netip.Addr {
	found := []netip.Addr{}
	for _, line := range f.lines {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		if address, err := netip.ParseAddr(fields[1]); err == nil {
			found = append(found, address)
		}
	}
	return found
}

// others lists the resolvers of the file that are not our stub.
func (f file) others(stub []netip.Addr) []netip.AddrPort {
	found := []netip.AddrPort{}
	for _, address := range f.nameservers() {
		if !slices.Contains(stub, address) {
			found = append(found, netip.AddrPortFrom(address, Port))
		}
	}
	return found
}

// ours is the file with our stub alone, since a second resolver would be asked whenever we refuse a
// name. Search list and options stay.
func (f file) ours(stub []netip.Addr) []byte {
	text := &bytes.Buffer{}
	text.WriteString(head)
	fmt.Fprintf(text, "nameserver %s\n", stub[0])
	for _, line := range f.lines {
		fields := strings.Fields(line)
		if len(fields) > 1 && slices.Contains([]string{"search", "domain", "options"}, fields[0]) {
			fmt.Fprintln(text, strings.Join(fields, " "))
		}
	}
	for _, line := range f.lines {
		fmt.Fprintln(text, formerMark+line)
	}
	return text.Bytes()
}

// takeFile writes our stub into the file. Somebody who wrote it since is taken for news of the
// network and heard; somebody who keeps doing so is not fought.
func (s *System) takeFile(f file, wanted Wanted) (State, error) {
	state := State{Mode: "file", Others: f.others(wanted.Stub)}
	next := f.ours(wanted.Stub)
	// Longer than what is read, so that it could not be put back as it was.
	if len(next) > maxFile {
		return state, fmt.Errorf("%w: %s is too long", ErrRefused, s.places.ResolvConf)
	}
	if bytes.Equal(f.raw, next) {
		s.mode = "file"
		return state, nil
	}
	if s.mode == "file" && f.writer != byUs {
		now := time.Now()
		s.taken = slices.DeleteFunc(s.taken, func(at time.Time) bool { return now.Sub(at) > takesWithin })
		if len(s.taken) >= maxTakes {
			return state, fmt.Errorf("%w: somebody else keeps writing %s", ErrRefused, s.places.ResolvConf)
		}
		s.taken = append(s.taken, now)
		s.log.Warn("resolv.conf was rewritten by somebody, taking it again", "others", len(state.Others))
	}
	if err := overwrite(s.places.ResolvConf, next); err != nil {
		return state, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	s.mode = "file"
	return state, nil
}

// releaseFile puts the former lines back where the file is ours.
func (s *System) releaseFile() error {
	f, err := readFile(s.places.ResolvConf)
	if errors.Is(err, ErrRefused) || err == nil && f.writer != byUs {
		return nil
	}
	if err != nil {
		return err
	}
	former := ""
	for _, line := range f.lines {
		former += line + "\n"
	}
	return overwrite(s.places.ResolvConf, []byte(former))
}

// overwrite writes in place, so that owner, mode and a mount on the file stay. The file is never
// empty: the new text is there before the old end is cut off.
func overwrite(path string, content []byte) error {
	handle, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = handle.WriteAt(content, 0)
	if err == nil {
		err = handle.Truncate(int64(len(content)))
	}
	return errors.Join(err, handle.Sync(), handle.Close())
}
