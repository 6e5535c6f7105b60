package readiness_test

import (
	"net"
	"path/filepath"
	"testing"

	"sallyport.dev/netd/internal/readiness"
)

func TestAnnouncesToTheSocketOfItsStarter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("NOTIFY_SOCKET", path)
	if err := readiness.Announce(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 64)
	length, err := listener.Read(buffer)
	if err != nil {
		t.Fatal(err)
	}
	if said := string(buffer[:length]); said != "READY=1" {
		t.Errorf("said %q", said)
	}
}

func TestIsSilentWhenNobodyAsked(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := readiness.Announce(); err != nil {
		t.Error(err)
	}
}

func TestTellsOfAStarterThatIsGone(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	if err := readiness.Announce(); err == nil {
		t.Error("no error")
	}
}
