package daemon

import (
	"runtime/debug"
	"time"
)

const (
	// growthPercent is how much may be garbage beside what lives, in percent of it.
	growthPercent = 400
	usualPercent  = 100
	// maxGrowthWait ends a growth whose last part never comes.
	maxGrowthWait = 30 * time.Second
	endAfter      = time.Second
)

// growth is a time in which memory grows to many times its size, as a snapshot of thousands of
// grants makes it: looking for garbage at each doubling would take a sixth of the load.
type growth struct {
	ending *time.Timer // nil: nothing grows
}

// begin is called with each part; one part alone is too small to matter.
func (g *growth) begin(parts int) {
	if parts == 1 || g.ending != nil && g.ending.Reset(maxGrowthWait) {
		return
	}
	debug.SetGCPercent(growthPercent)
	if g.ending == nil {
		g.ending = time.AfterFunc(maxGrowthWait, shrink)
	}
}

// end leaves the answer its turn: whoever looks for garbage takes one processor.
func (g *growth) end() {
	if g.ending != nil {
		g.ending.Reset(endAfter)
	}
}

// shrink gives back what is garbage: the text of all tokens, often half of the memory. Only then is
// the usual share in force again, else whoever asks for memory would have to help first.
func shrink() {
	debug.FreeOSMemory()
	debug.SetGCPercent(usualPercent)
}
