package guard

import (
	"context"
	"fmt"
	"strings"
)

// silenceText drops what asks on another link for our address in the tunnel: the kernel would answer
// there for any address that it has.
func silenceText(own []string) string {
	return fmt.Sprintf(`table arp %s {
  chain input {
    type filter hook input priority 0; policy accept;
    iifname != "%s" arp daddr ip { %s } drop
  }
}
`, TableName, LinkName, strings.Join(own, ", "))
}

// keepSilent hides an address and closes nothing, so a kernel that cannot is only told of.
func (d *Device) keepSilent(ctx context.Context, p plan) {
	own := addresses(p.addresses, true)
	keep := func() error { return d.silence.Ensure(ctx, silenceText(own)) }
	if len(own) == 0 {
		keep = func() error { return d.silence.Remove(ctx) }
	}
	if err := keep(); err != nil {
		d.log.Warn("neighbours may ask for the tunnel address", "why", err.Error())
	}
}
