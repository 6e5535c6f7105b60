// Package splice carries the users' local socket to the agent's private one. It adds one line that
// only the kernel can vouch for, who is calling, and understands nothing of what follows.
package splice

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"sallyport.dev/netd/internal/peercred"
)

const (
	maxCallers       = 64
	maxCallersPerUID = 16
	// Root leaves room for somebody else, and all others together for root.
	maxCallersOfRoot   = maxCallers - maxCallersPerUID
	maxCallersOfOthers = maxCallers - maxCallersPerUID
	dialTimeout        = 2 * time.Second

	maxRefusals     = 64
	refusalTime     = time.Second
	maxRefusedBytes = 64 << 10
)

// busyLine is the one answer that is not the agent's.
const busyLine = `{"id":null,"ok":false,"error":{"code":"busy","at":"local.sock",` +
	`"detail":"too many callers"}}` + "\n"

// Splicer joins callers of a public socket to the agent.
type Splicer struct {
	agentPath string
	agentUID  uint64
	log       *slog.Logger

	mutex  sync.Mutex
	perUID map[uint64]int
	total  int

	refusals chan struct{}
}

// New makes a splicer towards the agent's socket, which must be served by this user: its folder is
// the agent's, who could put a link to another program's socket there and have us speak as root.
func New(agentPath string, agentUID uint64, log *slog.Logger) *Splicer {
	return &Splicer{agentPath: agentPath, agentUID: agentUID, log: log, perUID: map[uint64]int{},
		refusals: make(chan struct{}, maxRefusals)}
}

// Serve accepts callers until the context ends or the listener breaks.
func (s *Splicer) Serve(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for {
		caller, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			s.log.Warn("local caller not accepted", "why", err.Error())
			continue
		}
		go s.carry(ctx, caller)
	}
}

func (s *Splicer) carry(ctx context.Context, caller net.Conn) {
	defer caller.Close()
	peer, err := peercred.Of(caller)
	if err != nil {
		s.log.Warn("local caller refused", "uid", peer.UID)
		return
	}
	if !s.enter(peer.UID) {
		s.log.Warn("local caller refused, too many", "uid", peer.UID)
		s.sayBusy(caller)
		return
	}
	defer s.exit(peer.UID)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	agent, err := dial(ctx, s.agentPath)
	if err != nil {
		s.log.Debug("agent not reachable", "why", err.Error())
		return
	}
	defer agent.Close()
	server, err := peercred.OfServer(agent)
	if err != nil || server.UID != s.agentUID {
		s.log.Warn("the agent's socket is another user's", "uid", server.UID)
		return
	}
	if _, err := agent.Write(introduction(peer)); err != nil {
		s.log.Debug("agent went away", "why", err.Error())
		return
	}
	join(caller, agent)
}

// sayBusy tells a caller why it is let go. It hears the caller out for a moment: to be closed with
// bytes unread would take the line away again.
func (s *Splicer) sayBusy(caller net.Conn) {
	select {
	case s.refusals <- struct{}{}:
	default:
		return
	}
	defer func() { <-s.refusals }()
	if caller.SetDeadline(time.Now().Add(refusalTime)) != nil {
		return
	}
	if _, err := io.WriteString(caller, busyLine); err != nil {
		return
	}
	if half, ok := caller.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	// Whether it ends, fails or takes too long: it is let go.
	_, _ = io.Copy(io.Discard, io.LimitReader(caller, maxRefusedBytes))
}

type peerLine struct {
	Peer peerBody `json:"peer"`
}

type peerBody struct {
	UID        uint64 `json:"uid"`
	GID        uint32 `json:"gid"`
	PID        int32  `json:"pid"`
	User       string `json:"user"`
	Executable string `json:"exe,omitempty"`
}

func introduction(peer peercred.Peer) []byte {
	// A struct of numbers and strings always encodes.
	line, err := json.Marshal(peerLine{Peer: peerBody{
		UID: peer.UID, GID: peer.GID, PID: peer.PID,
		User: peer.UserName(), Executable: peer.Executable(),
	}})
	if err != nil {
		panic(err)
	}
	return append(line, '\n')
}

// join copies both ways; an end of writing is passed on, so that half-closed callers get answers
// (pipes of Windows are whole or closed).
func join(caller, agent net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { pump(agent, caller) })
	both.Go(func() { pump(caller, agent) })
	both.Wait()
}

func pump(to, from net.Conn) {
	if _, err := io.Copy(to, from); err != nil {
		// A broken end would leave the other direction waiting for ever.
		to.Close()
		from.Close()
		return
	}
	half, ok := to.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		to.Close()
	}
}

func (s *Splicer) enter(uid uint64) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	most := maxCallersPerUID
	if uid == 0 {
		most = maxCallersOfRoot
	} else if s.total-s.perUID[0] >= maxCallersOfOthers {
		return false
	}
	if s.total >= maxCallers || s.perUID[uid] >= most {
		return false
	}
	s.total++
	s.perUID[uid]++
	return true
}

func (s *Splicer) exit(uid uint64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.total--
	s.perUID[uid]--
	if s.perUID[uid] == 0 {
		delete(s.perUID, uid)
	}
}
