package lease

import "time"

const (
	// endedFor is longer than any grant can last, so a removed one cannot come back.
	endedFor = 13 * time.Hour
	maxEnded = 131072
)

// endedGrants remembers the ids of removed and replaced grants, oldest first. Beyond its limit it
// forgets the oldest: that memory is worth least, since such a grant has had its first lease.
type endedGrants struct {
	known map[string]bool
	queue []endedGrant
}

type endedGrant struct {
	jti   string
	until time.Duration // controller time
}

func newEndedGrants() *endedGrants { return &endedGrants{known: map[string]bool{}} }

func (g *endedGrants) has(jti string) bool { return g.known[jti] }

func (g *endedGrants) put(jti string, now time.Duration) {
	if g.known[jti] {
		return
	}
	if len(g.queue) >= maxEnded {
		g.forgetFirst()
	}
	g.known[jti] = true
	g.queue = append(g.queue, endedGrant{jti: jti, until: now + endedFor})
}

func (g *endedGrants) prune(now time.Duration) {
	for len(g.queue) > 0 && g.queue[0].until <= now {
		g.forgetFirst()
	}
}

func (g *endedGrants) forgetFirst() {
	delete(g.known, g.queue[0].jti)
	g.queue = g.queue[1:]
}
