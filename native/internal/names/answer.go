//go:build linux || windows

package names

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"time"

	"sallyport.dev/netd/internal/ceiling"
	"sallyport.dev/netd/internal/dns/channel"
	"sallyport.dev/netd/internal/dns/message"
	"sallyport.dev/netd/internal/ports"
)

// maxRequests bounds what a child may have asked at a time.
const maxRequests = 256

// plainName is what a name may consist of that goes into a log, an event or the kernel's book.
var plainName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$`)

// answer judges a request. The child read hostile bytes, so it may be anybody by now: whatever it
// says can only open what the signed config allows to this client.
func (n *Names) answer(request channel.Request) channel.Reply {
	learner := n.learner.Load()
	if !plainName.MatchString(request.Name) || len(request.Addresses) > channel.MaxAddresses {
		return channel.Reply{}
	}
	if request.Ask == channel.Gateway {
		n.learnGateway(request)
		return channel.Reply{}
	}
	if !learner.permit(request.Client, request.Name) {
		return channel.Reply{}
	}
	if request.Ask != channel.Learn {
		return channel.Reply{Granted: request.Ask == channel.Permit}
	}
	return n.learn(learner, request)
}

func (n *Names) learn(learner *learner, request channel.Request) channel.Reply {
	found := ports.Named{
		Client: request.Client, Name: request.Name,
		For: time.Duration(min(request.Seconds, message.MaxSeconds)) * time.Second,
	}
	for _, address := range request.Addresses {
		if err := ceiling.Learned(address, learner.allowed); err != nil {
			n.refused(request.Name, err)
			continue
		}
		if !slices.Contains(found.Addresses, address) {
			found.Addresses = append(found.Addresses, address)
		}
	}
	if len(found.Addresses) == 0 {
		return channel.Reply{Granted: true}
	}
	accepted, err := learner.learn(context.Background(), found)
	if err != nil {
		n.refused(request.Name, err)
	}
	if len(accepted) > 0 {
		n.options.Emit(ports.Event{Name: ports.DNSLearned, Fields: map[string]any{
			"name": request.Name, "addresses": accepted, "ttl": int(found.For.Seconds()),
		}})
	}
	return channel.Reply{Granted: true, Accepted: slices.Clone[[]netip.Addr](accepted)}
}

// learnGateway passes on where a gateway is, if the config names it at all.
func (n *Names) learnGateway(request channel.Request) {
	asked := n.gateways.Load()
	if asked == nil || !slices.Contains(*asked, request.Name) {
		return
	}
	found := []netip.Addr{}
	for _, address := range request.Addresses {
		if err := ceiling.Learned(address, nil); err != nil {
			n.refused(request.Name, err)
			continue
		}
		found = append(found, address)
	}
	if err := n.options.Device.LearnGateway(context.Background(), request.Name, found); err != nil {
		n.refused(request.Name, err)
	}
}

func (n *Names) refused(name string, err error) {
	n.options.Log.Warn("address of a name refused", "name", name, "why", err.Error())
}
