package ending

import (
	"os/exec"
	"testing"
	"time"
)

const deadline = 20 * time.Second

func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	command := exec.Command("/bin/sleep", "600")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return command
}

func watch(t *testing.T) (*Watch, chan int) {
	t.Helper()
	told := make(chan int, MaxProcesses)
	w := New(func(pid int) { told <- pid })
	t.Cleanup(func() {
		if err := w.Keep(nil); err != nil {
			t.Error(err)
		}
	})
	return w, told
}

func expectTold(t *testing.T, told chan int, pid int) {
	t.Helper()
	select {
	case heard := <-told:
		if heard != pid {
			t.Fatalf("told of %d, not of %d", heard, pid)
		}
	case <-time.After(deadline):
		t.Fatalf("the end of %d was not told", pid)
	}
}

func TestTellsOfTheWatchedProcessAlone(t *testing.T) {
	w, told := watch(t)
	one, other := sleeper(t), sleeper(t)
	if err := w.Keep([]int{one.Process.Pid}); err != nil {
		t.Fatal(err)
	}
	// Still a zombie when it is told: nobody has to wait for it.
	_ = other.Process.Kill()
	_ = one.Process.Kill()
	expectTold(t, told, one.Process.Pid)
	if len(told) != 0 {
		t.Fatal("told of a process that nobody asked about")
	}
}

func TestAProcessThatIsGoneIsToldAtOnce(t *testing.T) {
	w, told := watch(t)
	gone := sleeper(t)
	_ = gone.Process.Kill()
	_ = gone.Wait()
	if err := w.Keep([]int{gone.Process.Pid}); err != nil {
		t.Fatal(err)
	}
	expectTold(t, told, gone.Process.Pid)
}

func TestWhatIsNoLongerKeptIsNotTold(t *testing.T) {
	w, told := watch(t)
	former, later := sleeper(t), sleeper(t)
	for _, pids := range [][]int{{former.Process.Pid}, {later.Process.Pid}} {
		if err := w.Keep(pids); err != nil {
			t.Fatal(err)
		}
	}
	_ = former.Process.Kill()
	_ = later.Process.Kill()
	expectTold(t, told, later.Process.Pid)
	if len(w.held) != 0 || len(told) != 0 {
		t.Fatalf("held %d, told %d", len(w.held), len(told))
	}
}

func TestAnEndBeforeAnybodyWaitsForItIsTold(t *testing.T) {
	for range 50 {
		early := sleeper(t)
		held, err := hold(early.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		_ = early.Process.Kill()
		_ = early.Wait()
		told := make(chan int, 1)
		go func() {
			if held.await() {
				told <- early.Process.Pid
			}
		}()
		expectTold(t, told, early.Process.Pid)
		held.release()
	}
}
