//go:build linux || windows

package names

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"os/exec"
	"strings"
	"time"

	"sallyport.dev/netd/internal/dns/channel"
)

const writeTime = 2 * time.Second

// process is one running child with netd's end of its line.
type process struct {
	addresses []netip.Addr
	command   *exec.Cmd
	line      io.ReadWriteCloser
	release   func() // of what held it, when it has ended
	writer    *channel.Writer
	// configured gets a token for each config that came into force.
	configured chan struct{}
	ended      chan struct{}
	config     channel.Config // in force
	answers    bool           // once a config is in force
}

func newProcess(
	addresses []netip.Addr, command *exec.Cmd, line io.ReadWriteCloser,
) *process {
	return &process{
		addresses: addresses, command: command, line: line, release: func() {},
		writer:     channel.NewWriter(line),
		configured: make(chan struct{}, 1), ended: make(chan struct{}),
	}
}

// read hands over every request of the child, at most maxRequests at a time.
func (p *process) read(answer func(channel.Request) channel.Reply) error {
	turns := make(chan struct{}, maxRequests)
	return channel.Read(p.line, channel.MaxRequest, func(request channel.Request) error {
		if request.Ask == channel.Configured {
			select {
			case p.configured <- struct{}{}:
			default:
			}
			return nil
		}
		turns <- struct{}{}
		go func() {
			defer func() { <-turns }()
			reply := answer(request)
			reply.ID = request.ID
			// A child that is gone needs no answer.
			_ = p.say(channel.Line{Reply: &reply})
		}()
		return nil
	})
}

// say writes a line; a child that does not read is killed, and another one takes its place.
func (p *process) say(line channel.Line) error {
	kill := time.AfterFunc(writeTime, p.kill)
	defer kill.Stop()
	return p.writer.Write(line)
}

// kill is for a child that may be gone already.
func (p *process) kill() { _ = p.command.Process.Kill() }

// configure returns when the child works by this config: a name that became protected must not be
// answered by the former one any more.
func (p *process) configure(config channel.Config) error {
	select {
	case <-p.configured:
	default:
	}
	if err := p.say(channel.Line{Config: &config}); err != nil {
		return err
	}
	select {
	case <-p.configured:
		p.config, p.answers = config, true
		return nil
	case <-p.ended:
		return errors.New("resolver child ended before it took its config")
	case <-time.After(writeTime):
		return errors.New("resolver child does not take its config")
	}
}

// stop ends the child: it goes when its line closes.
func (p *process) stop() { _ = p.line.Close() }

// wait reaps the child and tells how it ended; one that outlives its line is killed.
func (p *process) wait() string {
	_ = p.line.Close()
	kill := time.AfterFunc(writeTime, p.kill)
	defer kill.Stop()
	_ = p.command.Wait()
	p.release()
	close(p.ended)
	return p.command.ProcessState.String()
}

// complaint logs what a child writes before it can do anything else.
type complaint struct{ log *slog.Logger }

func (c complaint) Write(raw []byte) (int, error) {
	c.log.Error("resolver child", "why", strings.TrimSpace(string(raw[:min(len(raw), 1000)])))
	return len(raw), nil
}
