package main

import (
	"errors"
	"fmt"
	"net"

	"sallyport.dev/netd/internal/socket"
)

// listeners are where callers come in: control is for root and the agent, local for everybody, whom
// the agent answers.
type listeners struct{ control, local net.Listener }

func listen(control string, access socket.Access, local string) (listeners, error) {
	var opened listeners
	var err error
	if opened.control, err = socket.Listen(control, access); err != nil {
		return opened, fmt.Errorf("%w: %w", errSetup, err)
	}
	if opened.local, err = socket.Listen(local, socket.Access{Everybody: true}); err != nil {
		return opened, fmt.Errorf("%w: %w", errSetup, errors.Join(err, opened.control.Close()))
	}
	return opened, nil
}
