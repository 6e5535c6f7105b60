//go:build linux

package learned

import (
	"testing"
	"time"
)

func TestAnAddressStaysForFiveMinutesOrAsLongAsItsAnswerHolds(t *testing.T) {
	now := time.Hour
	if end := Until(now, 30*time.Second); end != now+5*time.Minute {
		t.Errorf("a short answer ends at %v", end)
	}
	if end := Until(now, time.Hour); end != 2*time.Hour {
		t.Errorf("a long answer ends at %v", end)
	}
}

func TestFlowsDecideInTheLastMinute(t *testing.T) {
	end := time.Hour
	if Ending(end, end-time.Minute) || !Ending(end, end-time.Minute+1) || !Ending(end, end+1) {
		t.Error("not the last minute")
	}
}
