//go:build linux

// Command sallyport-lab-capture is the eye of the lab on the internet's links: it counts WireGuard
// packets and leaks, packets from or to an inside address that are not WireGuard. It reads AF_PACKET
// itself because the usual capture tool refuses to run in a user namespace of one user. It never
// sends a packet and is no part of an installation.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

type request struct {
	ID   int    `json:"id"`
	Verb string `json:"verb"`
}

func main() {
	links := flag.String("links", "", "comma-separated interface names to watch")
	prefixes := flag.String("inside", "", "comma-separated prefixes that may appear only inside WireGuard")
	names := flag.String("names", "", "comma-separated names that may be asked for only inside WireGuard")
	port := flag.Uint("port", 51820, "UDP port of WireGuard")
	flag.Parse()
	inside, err := parsePrefixes(*prefixes)
	if err != nil || *links == "" || *port == 0 || *port > 65535 {
		fmt.Fprintln(os.Stderr, "usage: sallyport-lab-capture --links a,b --inside p,q [--port n]", err)
		os.Exit(2)
	}
	count := newTally(inside, uint16(*port), splitNames(*names))
	for _, name := range strings.Split(*links, ",") {
		if err := watch(name, count); err != nil {
			fmt.Fprintln(os.Stderr, "cannot watch", name+":", err)
			os.Exit(1)
		}
	}
	say(map[string]any{"message": "capturing"})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	closed := make(chan struct{})
	go func() { serve(count); close(closed) }()
	select {
	case <-stop:
	case <-closed:
	}
	say(map[string]any{"message": "captured", "summary": count.read()})
}

// serve answers {id, verb: report | reset} lines until stdin ends.
func serve(count *tally) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			say(map[string]any{"error": err.Error()})
			continue
		}
		switch asked.Verb {
		case "report":
			say(map[string]any{"id": asked.ID, "summary": count.read()})
		case "reset":
			count.reset()
			say(map[string]any{"id": asked.ID})
		default:
			say(map[string]any{"id": asked.ID, "error": "unknown verb"})
		}
	}
}

func splitNames(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func parsePrefixes(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, part := range strings.Split(text, ",") {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

func say(message map[string]any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err) // only plain maps, numbers and strings come here
	}
	os.Stdout.Write(append(line, '\n'))
}
