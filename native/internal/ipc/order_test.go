package ipc_test

import (
	"testing"

	"sallyport.dev/netd/internal/fakeagent"
)

func TestWhatOnlyClosesOvertakesWhatOpens(t *testing.T) {
	b := newBench(t)
	a := fakeagent.Writer(t, b.path)
	a.Post("enlarge", nil)
	<-b.waiting
	a.Post("change", members{"opens": true})
	if got := a.Send("change", members{"opens": false}); got["order"] != 1.0 || got["id"] != 4.0 {
		t.Fatalf("the closing request did not overtake: %v", got)
	}
	close(b.release)
	if first, second := a.Next(), a.Next(); first["id"] != 2.0 || second["id"] != 3.0 {
		t.Fatalf("those that open lost their order: %v, %v", first, second)
	}
}

func TestNothingOvertakesTheHello(t *testing.T) {
	b := newBench(t)
	close(b.release)
	for range 50 {
		a := fakeagent.Dial(t, b.path)
		a.Post("hello", members{"protocol": 1, "write": true})
		a.Post("change", members{"opens": false})
		a.Post("wait", nil)
		for range 3 {
			if got := a.Next(); got["ok"] != true {
				t.Fatalf("%v", got)
			}
		}
		a.Close()
	}
}
