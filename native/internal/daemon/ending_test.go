package daemon

import (
	"os/exec"
	"testing"
)

func TestTheAgentHearsOfTheEndOfAProcessThatItNamed(t *testing.T) {
	r := newRig(t)
	c := r.dial()
	c.Do("hello", claims{"protocol": 1, "write": false})
	c.Do("subscribe", claims{"events": []string{"processEnded"}})
	command := exec.Command("/bin/sleep", "600")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Wait() })
	c.Do("watch", claims{"processes": []claims{{"pid": command.Process.Pid}}})
	_ = command.Process.Kill()
	event := c.Next()
	if event["event"] != "processEnded" || event["pid"] != float64(command.Process.Pid) {
		t.Fatalf("heard %v", event)
	}
}
