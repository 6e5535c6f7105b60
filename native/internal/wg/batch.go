//go:build linux

package wg

import (
	"fmt"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.zx2c4.com/wireguard/tun"
)

// maxBatch is how many small packets are read together. WireGuard's queues are counted in batches,
// so a larger one would cost more memory and waiting under a flood than it gains.
const maxBatch = 16

// batchedTun reads together what waits in a TUN, without waiting for more. WireGuard of itself takes
// small packets one by one, so that each goes alone through its queues and, as a datagram of its
// own, through both machines; those of a batch leave as one segmented datagram.
type batchedTun struct {
	tun.Device
	raw     syscall.RawConn
	look    func(descriptor uintptr) // kept: made anew for each packet it would be garbage
	waiting bool
	full    bool // the last read was a whole batch

	buffers [][]byte // the caller's, and behind them the spare ones
	sizes   []int
	spare   [][]byte // for the end of a large packet behind small ones
	held    int      // how many of the spare ones are full
}

func newBatchedTun(device tun.Device) (*batchedTun, error) {
	raw, err := device.File().SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("tun: %w", err)
	}
	batched := &batchedTun{Device: device, raw: raw}
	batched.look = func(descriptor uintptr) {
		poll := [1]unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}
		count, err := unix.Poll(poll[:], 0)
		batched.waiting = err == nil && count == 1 && poll[0].Revents == unix.POLLIN
	}
	return batched, nil
}

// Read goes on until nothing waits or the batch is full; the segments of a large packet fill it alone.
func (b *batchedTun) Read(buffers [][]byte, sizes []int, offset int) (int, error) {
	if b.held > 0 {
		return b.release(buffers, sizes, offset), nil
	}
	if b.full {
		// Who encrypts has its turn while the packets are still in the processor's cache. Otherwise a
		// reader that always finds more fills all queues first, and the rest works from memory.
		runtime.Gosched()
	}
	count, err := b.Device.Read(buffers, sizes, offset)
	b.full = count >= maxBatch
	if err != nil || count >= maxBatch || !b.waits() {
		return count, err
	}
	b.extend(buffers)
	first := count
	for more := true; more; {
		var found int
		// As much room as a large packet finds alone.
		found, err = b.Device.Read(b.buffers[count:count+len(buffers)], b.sizes[count:], offset)
		count += found
		more = err == nil && count < maxBatch && b.waits()
	}
	copy(sizes[first:len(buffers)], b.sizes[first:])
	b.held = max(0, count-len(buffers))
	return count - b.held, err
}

func (b *batchedTun) waits() bool {
	b.waiting = false
	return b.raw.Control(b.look) == nil && b.waiting
}

// extend makes the spare buffers once; pages that nothing is written to take no memory.
func (b *batchedTun) extend(buffers [][]byte) {
	if b.spare == nil {
		b.sizes = make([]int, len(buffers)+maxBatch)
		for range maxBatch {
			b.spare = append(b.spare, make([]byte, len(buffers[0])))
		}
	}
	b.buffers = append(append(b.buffers[:0], buffers...), b.spare...)
}

// release hands out what the last read left in the spare buffers.
func (b *batchedTun) release(buffers [][]byte, sizes []int, offset int) int {
	for index, spare := range b.spare[:b.held] {
		sizes[index] = b.sizes[len(buffers)+index]
		copy(buffers[index][offset:], spare[offset:offset+sizes[index]])
	}
	count := b.held
	b.held = 0
	return count
}
