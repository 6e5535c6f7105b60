//go:build linux || windows

// Package child is the resolver child of netd: the same program without a single capability or
// privilege, that holds sockets and one line to netd. It ends with netd.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"

	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/stub"
)

// Flag is the first argument that makes netd this child. What follows tells of its sockets: on Linux how
// many there are, on Windows where they are to be.
const Flag = "--resolver-child"

// Run is the whole life of the child; it answers the exit code.
func Run(arguments []string, stderr io.Writer) int {
	if err := run(arguments); err != nil {
		fmt.Fprintln(stderr, "resolver child:", err)
		return 1
	}
	return 0
}

func serve(line io.ReadWriteCloser, packets []net.PacketConn, streams []net.Listener) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	netd := &netd{writer: channel.NewWriter(line), waiting: map[uint64]chan channel.Reply{}}
	server := stub.NewServer(netd)
	var all sync.WaitGroup
	// Without one of its sockets the child ends, and netd starts it anew.
	attend := func(serve func() error) {
		all.Go(func() {
			if err := serve(); err != nil {
				cancel(err)
				_ = line.Close()
			}
		})
	}
	// Before the first config nothing is answered at all: a refusal would send clients elsewhere.
	begin := sync.OnceFunc(func() {
		for _, socket := range packets {
			attend(func() error { return server.ServePackets(ctx, socket) })
		}
		for _, socket := range streams {
			attend(func() error { return server.ServeStreams(ctx, socket) })
		}
	})
	gateways := stub.NewGateways(netd.gateway)
	err := channel.Read(line, channel.MaxConfig, func(said channel.Line) error {
		if said.Config != nil {
			server.Configure(*said.Config)
			begin()
			gateways.Follow(ctx, *said.Config)
			return netd.writer.Write(channel.Request{Ask: channel.Configured})
		}
		if len(said.Again) > 0 {
			go server.Again(said.Again)
		}
		if said.Reply != nil {
			netd.deliver(*said.Reply)
		}
		return nil
	})
	if broken := context.Cause(ctx); broken != nil {
		err = broken
	}
	cancel(err)
	all.Wait()
	return err
}

// netd is the other end of the line as the stub sees it.
type netd struct {
	writer  *channel.Writer
	mutex   sync.Mutex
	last    uint64
	waiting map[uint64]chan channel.Reply
}

// Permit implements stub.Netd.
func (n *netd) Permit(ctx context.Context, client netip.Addr, name string) bool {
	reply, err := n.ask(ctx, channel.Request{Ask: channel.Permit, Client: client, Name: name})
	return err == nil && reply.Granted
}

// Learn implements stub.Netd.
func (n *netd) Learn(ctx context.Context, found stub.Found) map[netip.Addr]bool {
	accepted := map[netip.Addr]bool{}
	if len(found.Addresses) > channel.MaxAddresses {
		return accepted
	}
	reply, err := n.ask(ctx, channel.Request{
		Ask: channel.Learn, Client: found.Client, Name: found.Name, Addresses: found.Addresses,
		Seconds: found.Seconds,
	})
	if err == nil && reply.Granted {
		for _, address := range reply.Accepted {
			accepted[address] = true
		}
	}
	return accepted
}

// gateway tells where a gateway is; nobody answers.
func (n *netd) gateway(name string, addresses []netip.Addr) {
	// Without netd this process ends in a moment.
	_ = n.writer.Write(channel.Request{Ask: channel.Gateway, Name: name, Addresses: addresses})
}

func (n *netd) ask(ctx context.Context, request channel.Request) (channel.Reply, error) {
	answer := make(chan channel.Reply, 1)
	n.mutex.Lock()
	n.last++
	request.ID = n.last
	n.waiting[request.ID] = answer
	n.mutex.Unlock()
	defer func() {
		n.mutex.Lock()
		delete(n.waiting, request.ID)
		n.mutex.Unlock()
	}()
	if err := n.writer.Write(request); err != nil {
		return channel.Reply{}, err
	}
	select {
	case reply := <-answer:
		return reply, nil
	case <-ctx.Done():
		return channel.Reply{}, errors.Join(errors.New("netd did not answer"), ctx.Err())
	}
}

func (n *netd) deliver(reply channel.Reply) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if answer, found := n.waiting[reply.ID]; found {
		answer <- reply
		delete(n.waiting, reply.ID)
	}
}
