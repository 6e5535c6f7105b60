package bus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// ErrDamaged is said of bytes that are no message of D-Bus, or not the one that was asked for.
var ErrDamaged = errors.New("the answer of the bus is damaged")

// Reader reads values whose types the caller knows: no type that a message names decides what is
// made of it. After the first damage it gives zero values; Err tells.
type Reader struct {
	raw    []byte
	at     int
	order  binary.ByteOrder
	broken bool
}

// Err tells whether all that was read was there.
func (r *Reader) Err() error {
	if r.broken {
		return ErrDamaged
	}
	return nil
}

func (r *Reader) take(size int) []byte {
	if r.broken || size < 0 || size > len(r.raw)-r.at {
		r.broken = true
		return nil
	}
	taken := r.raw[r.at : r.at+size]
	r.at += size
	return taken
}

func (r *Reader) align(to int) { r.take(padding(r.at, to)) }

func padding(at, to int) int { return (to - at%to) % to }

// Byte reads "y".
func (r *Reader) Byte() byte {
	if raw := r.take(1); raw != nil {
		return raw[0]
	}
	return 0
}

// Uint32 reads "u".
func (r *Reader) Uint32() uint32 {
	r.align(4)
	if raw := r.take(4); raw != nil {
		return r.order.Uint32(raw)
	}
	return 0
}

// Bool reads "b".
func (r *Reader) Bool() bool {
	value := r.Uint32()
	r.broken = r.broken || value > 1
	return value == 1
}

// Text reads "s" and "o".
func (r *Reader) Text() string { return r.ended(int(r.Uint32())) }

// Signature reads "g".
func (r *Reader) Signature() string { return r.ended(int(r.Byte())) }

// ended reads a text and the zero byte behind it.
func (r *Reader) ended(size int) string {
	raw, end := r.take(size), r.Byte()
	if r.broken || end != 0 || bytes.IndexByte(raw, 0) >= 0 || !utf8.Valid(raw) {
		r.broken = true
		return ""
	}
	return string(raw)
}

// Bytes reads "ay".
func (r *Reader) Bytes() []byte { return bytes.Clone(r.take(int(r.Uint32()))) }

// Variant opens "v", which has to hold exactly this type.
func (r *Reader) Variant(signature string) {
	r.broken = r.Signature() != signature || r.broken
}

// Structures reads "a(…)", member by member.
func (r *Reader) Structures(structure func()) {
	size := int(r.Uint32())
	r.align(8)
	if r.broken || size > len(r.raw)-r.at {
		r.broken = true
		return
	}
	for end := r.at + size; !r.broken && r.at != end; {
		if r.align(8); r.at >= end {
			r.broken = true
			return
		}
		structure()
		r.broken = r.broken || r.at > end
	}
}

// skip passes over a value of a basic type; no other stands in a header.
func (r *Reader) skip(signature string) {
	switch signature {
	case "y":
		r.Byte()
	case "n", "q":
		r.align(2)
		r.take(2)
	case "i", "u", "h", "b":
		r.Uint32()
	case "x", "t", "d":
		r.align(8)
		r.take(8)
	case "s", "o":
		r.Text()
	case "g":
		r.Signature()
	default:
		r.broken = true
	}
}
