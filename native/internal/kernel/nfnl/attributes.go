//go:build linux

package nfnl

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

const maxAttributeBytes = 1<<16 - 1

// attributeList is the attributes of one message, written in place: the library makes several objects
// of each, which counts when two hundred thousand elements come at once.
type attributeList struct {
	bytes []byte
	// tooLong is set once an attribute outgrew what its length can say.
	tooLong bool
}

// begin opens an attribute and answers its place, which end takes.
func (a *attributeList) begin(kind uint16) int {
	place := len(a.bytes)
	a.bytes = binary.NativeEndian.AppendUint16(a.bytes, 0)
	a.bytes = binary.NativeEndian.AppendUint16(a.bytes, kind)
	return place
}

func (a *attributeList) beginNested(kind uint16) int { return a.begin(kind | unix.NLA_F_NESTED) }

func (a *attributeList) end(place int) {
	size := len(a.bytes) - place
	a.tooLong = a.tooLong || size > maxAttributeBytes
	binary.NativeEndian.PutUint16(a.bytes[place:], uint16(size))
	for len(a.bytes)%4 != 0 {
		a.bytes = append(a.bytes, 0)
	}
}

func (a *attributeList) raw(kind uint16, value []byte) {
	place := a.begin(kind)
	a.bytes = append(a.bytes, value...)
	a.end(place)
}

// text ends with a zero byte, as the kernel wants it.
func (a *attributeList) text(kind uint16, value string) {
	place := a.begin(kind)
	a.bytes = append(append(a.bytes, value...), 0)
	a.end(place)
}

func (a *attributeList) number(kind uint16, value uint64) {
	place := a.begin(kind)
	a.bytes = binary.BigEndian.AppendUint64(a.bytes, value)
	a.end(place)
}
