// Package read runs the closed list of privileged reads that the posture needs. It starts fixed
// programs by absolute path with checked words; nothing here writes.
package read

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"time"

	"sallyport.dev/netd/internal/fault"
	"sallyport.dev/netd/internal/strict"
)

const (
	timeout     = 5 * time.Second
	maxRawBytes = 3 << 20 // escaped as JSON it still fits into one answer
)

// Result is the raw output of one read.
type Result struct {
	Raw      string  `json:"raw"`
	ExitCode int     `json:"exitCode"`
	TookMs   float64 `json:"tookMs"`
}

// Request is one checked read.
type Request struct {
	program string
	args    []string
	// gate is a file that must have content, else there is nothing to read and nothing is started.
	gate string
}

// A name must not begin like an option: nft's argument parser looks for options anywhere.
var wordPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$`)

// Parse reads `what` and its arguments.
func Parse(f *strict.Fields) Request {
	switch f.Choice("what", "nft.chains", "nft.chain", "nft.ruleset", "iptables.legacy",
		"ip6tables.legacy", "iptables.saved", "ip6tables.saved") {
	// Chains alone do not tell which tables the kernel holds but does not run.
	case "nft.chains":
		return Request{program: "nft", args: []string{"-j", "list tables; list chains"}}
	case "nft.ruleset":
		return Request{program: "nft", args: []string{"-j", "list", "ruleset"}}
	case "nft.chain":
		return Request{program: "nft", args: []string{"-j", "list", "chain",
			f.Choice("family", "ip", "ip6", "inet", "arp", "bridge", "netdev"),
			word(f, "table"), word(f, "chain")}}
	case "iptables.legacy":
		return Request{program: "iptables-legacy-save", gate: "/proc/self/net/ip_tables_names"}
	case "ip6tables.legacy":
		return Request{program: "ip6tables-legacy-save", gate: "/proc/self/net/ip6_tables_names"}
	// nft does not print the arguments of iptables extensions; their own tool does.
	case "iptables.saved":
		return Request{program: "iptables-nft-save"}
	case "ip6tables.saved":
		return Request{program: "ip6tables-nft-save"}
	}
	return Request{}
}

func word(f *strict.Fields, name string) string {
	text := f.Text(name, 1, 64)
	if !f.Failed() && !wordPattern.MatchString(text) {
		f.Fail(name, "not a name")
	}
	return text
}

// Run performs the read; an exit code other than 0 is a result, not an error.
func (r Request) Run(ctx context.Context) (Result, error) {
	started := time.Now()
	if r.gate != "" && !hasContent(r.gate) {
		return Result{TookMs: sinceMs(started)}, nil
	}
	path, ok := find(r.program)
	if !ok {
		return Result{}, fault.New(fault.Unsupported, "read", "%s is not installed", r.program)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	command := exec.CommandContext(ctx, path, r.args...)
	command.Env = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	command.Dir = "/"
	command.WaitDelay = time.Second
	output := &limitedBuffer{}
	command.Stdout = output
	err := command.Run()
	if output.overflown {
		return Result{}, fault.New(fault.Unsupported, "read", "more than %d bytes", maxRawBytes)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		err = nil
	}
	if err != nil {
		return Result{}, fault.Wrap(fault.Kernel, "read", err)
	}
	return Result{Raw: output.buffer.String(), ExitCode: command.ProcessState.ExitCode(),
		TookMs: sinceMs(started)}, nil
}

func sinceMs(started time.Time) float64 {
	return float64(time.Since(started)) / float64(time.Millisecond)
}

// hasContent reads, since files of /proc have no size.
func hasContent(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	count, err := file.Read(make([]byte, 1))
	return err == nil && count > 0
}

func find(program string) (string, bool) {
	for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"} {
		info, err := os.Stat(dir + program)
		if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return dir + program, true
		}
	}
	return "", false
}

// limitedBuffer hides bytes.Buffer's ReadFrom, which would go around the limit.
type limitedBuffer struct {
	buffer    bytes.Buffer
	overflown bool
}

func (b *limitedBuffer) Write(piece []byte) (int, error) {
	if b.buffer.Len()+len(piece) > maxRawBytes {
		b.overflown = true
		return 0, io.ErrShortBuffer
	}
	return b.buffer.Write(piece)
}
