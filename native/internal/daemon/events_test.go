package daemon

import (
	"context"
	"testing"

	"sallyport.dev/netd/internal/ports"
)

func TestAnEventBeforeTheFirstDeadlineIsTold(t *testing.T) {
	r := newRig(t)
	r.stop()
	r.serve(func(context.Context) {})
	a := r.dial()
	a.Do("hello", claims{"protocol": 1, "write": false})
	a.Post("subscribe", nil)
	for range 2 {
		a.Next() // the answer and the generation, in either order
	}
	r.core.broadcast(ports.LinkChanged, nil)
	if line := a.Next(); line["event"] != ports.LinkChanged {
		t.Fatal(line)
	}
}
