package lease

import "time"

const (
	// endedFor is longer than any grant can last, so a removed one cannot come back.
	endedFor = 13 * time.Hour
	endedMax = 131072
)

// endedGrants remembers the ids of removed and replaced grants.
type endedGrants struct {
	until map[string]time.Duration // controller time
}

func newEndedGrants() endedGrants { return endedGrants{until: map[string]time.Duration{}} }

func (g endedGrants) has(jti string) bool {
	_, ended := g.until[jti]
	return ended
}

func (g endedGrants) put(jti string, now time.Duration) {
	if len(g.until) >= endedMax {
		g.prune(now)
	}
	// Beyond the limit the oldest memory is worth least: such a grant has had its first lease.
	if len(g.until) >= endedMax {
		g.forgetOldest()
	}
	g.until[jti] = now + endedFor
}

func (g endedGrants) prune(now time.Duration) {
	for jti, until := range g.until {
		if until <= now {
			delete(g.until, jti)
		}
	}
}

func (g endedGrants) forgetOldest() {
	oldest := ""
	for jti, until := range g.until {
		if oldest == "" || until < g.until[oldest] {
			oldest = jti
		}
	}
	delete(g.until, oldest)
}
