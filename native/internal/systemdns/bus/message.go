package bus

import (
	"encoding/binary"
	"fmt"
	"io"
)

const (
	kindCall   = 1
	kindAnswer = 2
	kindError  = 3

	fieldPath      = 1
	fieldInterface = 2
	fieldMember    = 3
	fieldErrorName = 4
	fieldAnswersTo = 5
	fieldReceiver  = 6
	fieldSignature = 8

	version     = 1
	headBytes   = 16
	fieldsAt    = 12 // where the length of the fields stands
	maxMessage  = 1 << 27
	maxAnswer   = 1 << 18 // some thousand domains
	maxErrorSay = 300
)

// Call is a question to an object, and the type of the answer that will be understood.
type Call struct {
	Receiver, Path, Interface, Member string
	Signature                         string
	Arguments                         Writer
	Answer                            string
}

func (c *Call) encode(serial uint32) []byte {
	out := Writer{}
	out.raw = append(out.raw, 'l', kindCall, 0, version)
	out.Uint32(uint32(len(c.Arguments.raw)))
	out.Uint32(serial)
	type field struct {
		code byte
		kind string
		text string
	}
	fields := []field{
		{fieldPath, "o", c.Path},
		{fieldInterface, "s", c.Interface},
		{fieldMember, "s", c.Member},
		{fieldReceiver, "s", c.Receiver},
	}
	if c.Signature != "" {
		fields = append(fields, field{fieldSignature, "g", c.Signature})
	}
	out.Structures(len(fields), func(index int) {
		out.Byte(fields[index].code)
		out.Signature(fields[index].kind)
		if fields[index].kind == "g" {
			out.Signature(fields[index].text)
		} else {
			out.Text(fields[index].text)
		}
	})
	out.align(8)
	return append(out.raw, c.Arguments.raw...)
}

// message is what came; only answers and errors have more than a kind.
type message struct {
	kind      byte
	answersTo uint32
	errorName string
	signature string
	body      Reader
}

// readMessage reads the next message. What is no answer nobody asked for: signals and calls, which
// any program on the bus may send, are passed over unread.
func readMessage(from io.Reader) (message, error) {
	head := make([]byte, headBytes)
	if _, err := io.ReadFull(from, head); err != nil {
		return message{}, err
	}
	order, known := map[byte]binary.ByteOrder{'l': binary.LittleEndian, 'B': binary.BigEndian}[head[0]]
	if !known || head[3] != version {
		return message{}, ErrDamaged
	}
	body, fields := uint64(order.Uint32(head[4:])), uint64(order.Uint32(head[fieldsAt:]))
	fieldsEnd := (headBytes + fields + 7) / 8 * 8
	size := fieldsEnd + body
	if size > maxMessage {
		return message{}, fmt.Errorf("%w: %d bytes", ErrDamaged, size)
	}
	read := message{kind: head[1]}
	if read.kind != kindAnswer && read.kind != kindError {
		_, err := io.CopyN(io.Discard, from, int64(size)-headBytes)
		return read, err
	}
	if size > maxAnswer {
		return message{}, fmt.Errorf("%w: an answer of %d bytes", ErrDamaged, size)
	}
	raw := append(make([]byte, 0, size), head...)[:size]
	if _, err := io.ReadFull(from, raw[headBytes:]); err != nil {
		return message{}, err
	}
	read.body = Reader{raw: raw[fieldsEnd:], order: order}
	return read, read.readFields(Reader{raw: raw[:headBytes+fields], at: fieldsAt, order: order})
}

func (m *message) readFields(from Reader) error {
	from.Structures(func() {
		code, kind := from.Byte(), from.Signature()
		switch {
		case code == fieldErrorName && kind == "s":
			m.errorName = from.Text()
		case code == fieldAnswersTo && kind == "u":
			m.answersTo = from.Uint32()
		case code == fieldSignature && kind == "g":
			m.signature = from.Signature()
		case code == fieldErrorName, code == fieldAnswersTo, code == fieldSignature:
			from.broken = true
		default:
			from.skip(kind)
		}
	})
	return from.Err()
}
