// Package bus asks programs on the system bus (D-Bus) and understands the answers that it asked for,
// nothing else: no signal, no call, no type that the caller did not expect.
package bus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	maxLine = 1 << 12
	busName = "org.freedesktop.DBus"
	busPath = "/org/freedesktop/DBus"
)

// Error is an answer that says no.
type Error struct{ Name, Text string }

func (e Error) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Text) }

// Connection is for one caller at a time. Whatever is not an answer as expected ends it.
type Connection struct {
	line   net.Conn
	from   *bufio.Reader
	serial uint32
}

// Meet introduces us to the bus at the other end. An error closes the line.
func Meet(line net.Conn, patience time.Duration) (*Connection, error) {
	c := &Connection{line: line, from: bufio.NewReaderSize(line, maxLine)}
	err := line.SetDeadline(time.Now().Add(patience))
	if err == nil {
		err = c.authenticate()
	}
	if err == nil {
		_, err = c.Call(Call{Receiver: busName, Path: busPath, Interface: busName, Member: "Hello", Answer: "s"}, patience)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// authenticate lets the bus ask the kernel who we are: in a namespace of users our own number of
// ourselves is another one.
func (c *Connection) authenticate() error {
	for _, step := range []struct{ say, expect string }{{"\x00AUTH EXTERNAL", "DATA"}, {"DATA", "OK"}} {
		if _, err := io.WriteString(c.line, step.say+"\r\n"); err != nil {
			return err
		}
		heard, err := c.from.ReadSlice('\n')
		if err != nil {
			return err
		}
		if word, _, _ := strings.Cut(strings.TrimSpace(string(heard)), " "); word != step.expect {
			return fmt.Errorf("%w: %q where %s belongs", ErrDamaged, word, step.expect)
		}
	}
	_, err := io.WriteString(c.line, "BEGIN\r\n")
	return err
}

// Close may be called twice.
func (c *Connection) Close() error {
	if err := c.line.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Owner tells who bears a name.
func (c *Connection) Owner(name string, patience time.Duration) (string, error) {
	call := Call{Receiver: busName, Path: busPath, Interface: busName, Member: "GetNameOwner", Signature: "s", Answer: "s"}
	call.Arguments.Text(name)
	answer, err := c.Call(call, patience)
	if err != nil {
		return "", err
	}
	owner := answer.Text()
	return owner, answer.Err()
}

// Call asks and waits for the answer, which an Error can be.
func (c *Connection) Call(call Call, patience time.Duration) (Reader, error) {
	answer, err := c.ask(call, patience)
	if err == nil && answer.kind == kindError {
		return Reader{}, answer.refusal()
	}
	if err == nil && answer.signature != call.Answer {
		err = fmt.Errorf("%w: %q for %q", ErrDamaged, answer.signature, call.Answer)
	}
	if err != nil {
		return Reader{}, errors.Join(fmt.Errorf("%s: %w", call.Member, err), c.Close())
	}
	return answer.body, nil
}

func (c *Connection) ask(call Call, patience time.Duration) (message, error) {
	// One deadline for all that comes: who never stops talking about other things is not answering.
	if err := c.line.SetDeadline(time.Now().Add(patience)); err != nil {
		return message{}, err
	}
	c.serial++
	if _, err := c.line.Write(call.encode(c.serial)); err != nil {
		return message{}, err
	}
	for {
		read, err := readMessage(c.from)
		if err != nil || read.answersTo == c.serial {
			return read, err
		}
	}
}

// refusal takes the words of an error that has some.
func (m *message) refusal() error {
	text := ""
	if strings.HasPrefix(m.signature, "s") {
		text = m.body.Text()
	}
	return Error{m.errorName, strings.ToValidUTF8(text[:min(len(text), maxErrorSay)], "")}
}
