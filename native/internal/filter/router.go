//go:build linux

package filter

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"sallyport.dev/netd/internal/kernel/nfnl"
	"sallyport.dev/netd/internal/kernel/sysctl"
	"sallyport.dev/netd/internal/route"
)

// openedSet holds the families that forward only since we switched that on, for the next netd.
const openedSet = "opened"

// guardTable is the device's; neither package knows the other.
const guardTable = "sallyport_guard"

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
	if err := g.readOpened(); err != nil {
		return err
	}
	g.router.four = g.router.four || sysctl.Read(forwarding4) == "0"
	g.router.six = g.router.six || sysctl.Read(forwarding6) == "0"
	var err error
	g.router.outside, err = route.Outside(LinkName)
	return err
}

// readOpened takes over what a former netd switched on.
func (g *Gateway) readOpened() error {
	held, err := g.socket.Elements(TableName, openedSet)
	if err != nil && !errors.Is(err, nfnl.ErrMissing) {
		return err
	}
	for _, item := range held {
		g.router.four = g.router.four || slices.Contains(item.Key, 4)
		g.router.six = g.router.six || slices.Contains(item.Key, 6)
	}
	return nil
}

// closeRouter switches the forwarding off that we switched on, unless others may need it by now.
func (g *Gateway) closeRouter() error {
	former := g.router
	g.router = router{}
	if !former.four && !former.six {
		return nil
	}
	needed, err := g.socket.Forwards(TableName, guardTable)
	if err != nil || needed || legacyTables() {
		return err
	}
	failures := []error{}
	if former.four {
		failures = append(failures, sysctl.Ensure(forwarding4, "0"))
	}
	if former.six {
		failures = append(failures, sysctl.Ensure(forwarding6, "0"))
	}
	return errors.Join(failures...)
}

// legacyTables tells whether the older iptables, which nftables do not show, has tables in use.
func legacyTables() bool {
	return slices.ContainsFunc([]string{"ip_tables_names", "ip6_tables_names"}, func(name string) bool {
		raw, err := os.ReadFile("/proc/self/net/" + name)
		return err == nil && len(raw) > 0
	})
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
