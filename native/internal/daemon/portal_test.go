package daemon

import (
	"reflect"
	"testing"
)

func TestASignInPageClosesWhenTheControllerAnswers(t *testing.T) {
	r := newRig(t)
	a := r.deviceUp()
	a.Do("link", claims{"up": false})
	a.Do("portal", claims{"address": "10.50.0.30", "port": 8080})
	before := len(r.device.Made())
	a.Do("link", claims{"up": false})
	a.Do("link", claims{"up": true})
	if calls := r.device.Made()[before:]; !reflect.DeepEqual(calls, []string{"closePortal"}) {
		t.Fatalf("calls: %v", calls)
	}
}
