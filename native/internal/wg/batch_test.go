//go:build linux

package wg

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"sallyport.dev/netd/internal/kernel/nstest"
	"sallyport.dev/netd/internal/kernel/sysctl"
)

const (
	room       = 4096
	readOffset = 16
)

// scriptedTun gives as many numbered packets at each read as its script says; 0 is an error. Its
// file always looks as if more waited.
type scriptedTun struct {
	tun.Device
	file   *os.File
	script []int
	next   int
}

var errScripted = errors.New("scripted")

func (s *scriptedTun) File() *os.File { return s.file }

func (s *scriptedTun) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	if len(s.script) == 0 {
		return 0, os.ErrClosed
	}
	count := s.script[0]
	s.script = s.script[1:]
	if count == 0 {
		return 0, errScripted
	}
	if count > len(buffers) {
		return 0, fmt.Errorf("room for %d of %d", len(buffers), count)
	}
	for index := range count {
		sizes[index] = copy(buffers[index][offset:], fmt.Sprintf("packet %d", s.next))
		s.next++
	}
	return count, nil
}

func scripted(t *testing.T, script ...int) *batchedTun {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(reader.Close(), writer.Close()) })
	if _, err := writer.WriteString("something waits"); err != nil {
		t.Fatal(err)
	}
	batched, err := newBatchedTun(&scriptedTun{file: reader, script: script})
	if err != nil {
		t.Fatal(err)
	}
	return batched
}

// readPackets is one read as WireGuard makes it.
func readPackets(device tun.Device) ([]string, error) {
	buffers, sizes := make([][]byte, conn.IdealBatchSize), make([]int, conn.IdealBatchSize)
	for index := range buffers {
		buffers[index] = make([]byte, room)
	}
	count, err := device.Read(buffers, sizes, readOffset)
	packets := []string{}
	for index := range count {
		packets = append(packets, string(buffers[index][readOffset:readOffset+sizes[index]]))
	}
	return packets, err
}

func numbered(first, count int) []string {
	packets := []string{}
	for number := first; number < first+count; number++ {
		packets = append(packets, fmt.Sprintf("packet %d", number))
	}
	return packets
}

func TestABatchEndsAtItsLimitOrWithALargePacket(t *testing.T) {
	const whole = conn.IdealBatchSize
	for name, test := range map[string]struct{ script, want []int }{
		"small packets alone":            {slices.Repeat([]int{1}, maxBatch+3), []int{maxBatch, 3}},
		"a large packet first":           {[]int{40, 1, 1}, []int{40, 2}},
		"a packet of a few segments":     {[]int{3, 1, 2, 40, 1}, []int{46, 1}},
		"a large packet behind":          {[]int{1, 1, 40, 1}, []int{42, 1}},
		"the largest behind a small one": {[]int{1, whole, 1}, []int{whole, 1, 1}},
		"the largest at the very end": {append(slices.Repeat([]int{1}, maxBatch-1), whole, 1, 1),
			[]int{whole, maxBatch - 1, 2}},
	} {
		device, next := scripted(t, test.script...), 0
		for turn, want := range test.want {
			packets, err := readPackets(device)
			if turn < len(test.want)-1 && err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !slices.Equal(packets, numbered(next, want)) {
				t.Errorf("%s: read %d gave %q, want %d from %d", name, turn, packets, want, next)
			}
			next += want
		}
	}
}

// The reader is always runnable here, as under a stream that comes faster than it is encrypted.
func TestWhoeverEncryptsHasItsTurnBetweenLargePackets(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	device, encrypted := scripted(t, slices.Repeat([]int{40}, 4)...), atomic.Bool{}
	if _, err := readPackets(device); err != nil {
		t.Fatal(err)
	}
	go encrypted.Store(true)
	// The scheduler may give one turn in sixty-one to who yielded last.
	for range 3 {
		if _, err := readPackets(device); err != nil {
			t.Fatal(err)
		}
	}
	if !encrypted.Load() {
		t.Error("three further large packets were read first")
	}
}

func TestPacketsBeforeAnErrorAreNotLost(t *testing.T) {
	for before := range 3 {
		device := scripted(t, append(slices.Repeat([]int{1}, before), 0, 1)...)
		packets, err := readPackets(device)
		if !slices.Equal(packets, numbered(0, before)) || !errors.Is(err, errScripted) {
			t.Errorf("%d before it: read %q, %v", before, packets, err)
		}
	}
}

func TestWaitingPacketsAreReadTogether(t *testing.T) {
	if !nstest.Isolate(t) {
		return
	}
	if file, err := os.OpenFile(tunPath, os.O_RDWR, 0); err != nil {
		nstest.Unavailable(t, err.Error())
	} else {
		_ = file.Close()
	}
	device, err := openTun(holdName, 1400)
	if err != nil {
		t.Fatal(err)
	}
	// What the stack says of its own in IPv6 would be read, too.
	_ = sysctl.Ensure("ipv6/conf/"+holdName+"/disable_ipv6", "1")
	nstest.Run(t, "ip", "link", "set", holdName, "up")
	nstest.Run(t, "ip", "addr", "add", "100.96.1.2/32", "dev", holdName)
	nstest.Run(t, "ip", "route", "add", "10.50.0.0/24", "dev", holdName)
	program, err := net.Dial("udp", "10.50.0.10:9000")
	if err != nil {
		t.Fatal(err)
	}
	const ipAndUDP = 28
	for round, count := range []int{1, maxBatch, 2} {
		for number := range count {
			if _, err := fmt.Fprintf(program, "packet %d", number); err != nil {
				t.Fatal(err)
			}
		}
		packets, err := readPackets(device)
		if err != nil {
			t.Fatal(err)
		}
		for index, packet := range packets {
			packets[index] = packet[ipAndUDP:]
		}
		if !slices.Equal(packets, numbered(0, count)) {
			t.Errorf("round %d: %q", round, packets)
		}
	}
	if err := device.Close(); err != nil {
		t.Error(err)
	}
}
