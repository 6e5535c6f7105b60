//go:build linux

package watch

import (
	"sync"
	"time"

	"github.com/mdlayher/netlink"
)

// Pauses lets the subscriptions of one process rest together, while it writes so much that the kernel
// would spend more on telling each element than on the element. The zero value is ready.
type Pauses struct {
	mutex sync.Mutex
	open  map[*netlink.Conn]subscription
}

func (p *Pauses) enter(conn *netlink.Conn, s subscription) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.open == nil {
		p.open = map[*netlink.Conn]subscription{}
	}
	p.open[conn] = s
}

func (p *Pauses) leave(conn *netlink.Conn) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.open, conn)
}

// Pause begins a rest and answers what ends it. Each subscription is then told that messages were lost,
// so whatever others did meanwhile is looked for. The kernel's sockets stay, since closing one takes
// the lock of every transaction for some 16 ms.
func (p *Pauses) Pause() (resume func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for conn, s := range p.open {
		for _, group := range s.groups {
			// One that cannot leave goes on hearing, which costs time only.
			_ = conn.LeaveGroup(group)
		}
	}
	return p.resume
}

func (p *Pauses) resume() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for conn, s := range p.open {
		for _, group := range s.groups {
			if err := conn.JoinGroup(group); err != nil {
				// A read that fails makes the subscription open a new socket.
				_ = conn.SetReadDeadline(time.Unix(1, 0))
			}
		}
		go s.onLost()
	}
}
