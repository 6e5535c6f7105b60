//go:build linux

// Command sallyport-lab-resolver is a resolver of the lab: the site's own, or the one of a hostile
// link that answers every question with its own addresses. It keeps every name that it was asked
// for. It is no part of an installation.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

const seconds = 30

type resolver struct {
	mutex   sync.Mutex
	records map[string][]netip.Addr
	asked   []string
}

func main() {
	listen := flag.String("listen", "", "comma-separated addresses to answer on, port 53")
	records := flag.String("records", "", "comma-separated name=address; `*` is every other name")
	flag.Parse()
	known, err := parseRecords(*records)
	if err != nil || *listen == "" {
		fmt.Fprintln(os.Stderr, "usage: sallyport-lab-resolver --listen a,b --records name=address,…", err)
		os.Exit(2)
	}
	r := &resolver{records: known}
	started := sync.WaitGroup{}
	for _, text := range strings.Split(*listen, ",") {
		address, err := netip.ParseAddr(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		for _, network := range []string{"udp", "tcp"} {
			started.Add(1)
			server := &dns.Server{Addr: netip.AddrPortFrom(address, 53).String(), Net: network,
				Handler: r, NotifyStartedFunc: started.Done}
			go func() {
				if err := server.ListenAndServe(); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
			}()
		}
	}
	started.Wait()
	say(map[string]any{"message": "listening"})
	r.serve()
}

func parseRecords(text string) (map[string][]netip.Addr, error) {
	records := map[string][]netip.Addr{}
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		address, err := netip.ParseAddr(value)
		if err != nil {
			return nil, err
		}
		records[name] = append(records[name], address)
	}
	return records, nil
}

// ServeDNS answers by the table, an unknown name with "no such name".
func (r *resolver) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg).SetReply(question)
	name := strings.ToLower(strings.TrimSuffix(question.Question[0].Name, "."))
	r.mutex.Lock()
	if !slices.Contains(r.asked, name) {
		r.asked = append(r.asked, name)
	}
	addresses, known := r.records[name]
	if !known {
		addresses, known = r.records["*"]
	}
	r.mutex.Unlock()
	if !known {
		answer.Rcode = dns.RcodeNameError
	}
	for _, address := range addresses {
		header := dns.RR_Header{Name: question.Question[0].Name, Class: dns.ClassINET, Ttl: seconds}
		switch kind := question.Question[0].Qtype; {
		case kind == dns.TypeA && address.Is4():
			header.Rrtype = kind
			answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: address.AsSlice()})
		case kind == dns.TypeAAAA && address.Is6():
			header.Rrtype = kind
			answer.Answer = append(answer.Answer, &dns.AAAA{Hdr: header, AAAA: address.AsSlice()})
		}
	}
	_ = w.WriteMsg(answer)
}

type request struct {
	ID   int    `json:"id"`
	Verb string `json:"verb"`
}

// serve answers {id, verb: asked} lines until stdin ends.
func (r *resolver) serve() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var wanted request
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil || wanted.Verb != "asked" {
			say(map[string]any{"id": wanted.ID, "error": "unknown verb"})
			continue
		}
		r.mutex.Lock()
		say(map[string]any{"id": wanted.ID, "names": append([]string{}, r.asked...)})
		r.mutex.Unlock()
	}
}

func say(message map[string]any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err) // only plain maps, numbers and strings come here
	}
	os.Stdout.Write(append(line, '\n'))
}
