//go:build linux

package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/route"
)

// openedSet holds the families that forward only since we switched that on, for the next netd.
const openedSet = "opened"

const (
	forwarding4 = "ipv4/ip_forward"
	forwarding6 = "ipv6/conf/all/forwarding"
)

// router is what a machine that was none must not become: whoever is on the network outside would
// reach the LAN through it.
type router struct {
	four, six bool     // forwards since we said so
	outside   []string // interfaces of default routes
}

// noteRouter finds out, before it is switched on, whether the machine forwards by itself.
func (g *Gateway) noteRouter() error {
	held, err := g.socket.Elements(TableName, openedSet)
	if err != nil && !errors.Is(err, nfnl.ErrMissing) {
		return err
	}
	for _, item := range held {
		g.router.four = g.router.four || slices.Contains(item.Key, 4)
		g.router.six = g.router.six || slices.Contains(item.Key, 6)
	}
	g.router.four = g.router.four || sysctl.Read(forwarding4) == "0"
	g.router.six = g.router.six || sysctl.Read(forwarding6) == "0"
	g.router.outside, err = route.Outside(LinkName)
	return err
}

// set names the families for the next netd.
func (r router) set() string {
	opened := []string{}
	if r.four {
		opened = append(opened, "4")
	}
	if r.six {
		opened = append(opened, "6")
	}
	text := fmt.Sprintf("  set %s { type mark;", openedSet)
	if len(opened) > 0 {
		text += fmt.Sprintf(" elements = { %s };", strings.Join(opened, ", "))
	}
	return text + " }\n"
}

// rules lead what comes from outside and is not for a device to the chain that lets nothing pass but
// replies, and what another program of this machine leads on, such as a published port of Docker's.
func (r router) rules(lan string) string {
	text := ""
	for _, link := range r.outside {
		if !lanName.MatchString(link) {
			continue // the text of a ruleset takes no other name
		}
		for _, family := range []struct {
			opened bool
			name   string
		}{{r.four, "ipv4"}, {r.six, "ipv6"}} {
			if family.opened && link != lan {
				text += fmt.Sprintf("    iifname %[1]q oifname != { \"spg0\", %[1]q } meta nfproto %[2]s"+
					" jump no_router\n", link, family.name)
			}
		}
	}
	return text
}

const noRouterChain = `  chain no_router {
    ct direction reply return
    ct status dnat return
    counter name lock1 drop
  }
`
