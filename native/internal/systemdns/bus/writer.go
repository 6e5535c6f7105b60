package bus

import "encoding/binary"

// Writer writes values in little-endian, each at the boundary of its type.
type Writer struct{ raw []byte }

func (w *Writer) align(to int) {
	w.raw = append(w.raw, make([]byte, padding(len(w.raw), to))...)
}

// Byte writes "y".
func (w *Writer) Byte(value byte) { w.raw = append(w.raw, value) }

// Uint32 writes "u".
func (w *Writer) Uint32(value uint32) {
	w.align(4)
	w.raw = binary.LittleEndian.AppendUint32(w.raw, value)
}

// Int32 writes "i".
func (w *Writer) Int32(value int32) { w.Uint32(uint32(value)) }

// Bool writes "b".
func (w *Writer) Bool(value bool) {
	if value {
		w.Uint32(1)
	} else {
		w.Uint32(0)
	}
}

// Text writes "s" and "o".
func (w *Writer) Text(value string) {
	w.Uint32(uint32(len(value)))
	w.raw = append(append(w.raw, value...), 0)
}

// Signature writes "g".
func (w *Writer) Signature(value string) {
	w.Byte(byte(len(value)))
	w.raw = append(append(w.raw, value...), 0)
}

// Bytes writes "ay".
func (w *Writer) Bytes(value []byte) {
	w.Uint32(uint32(len(value)))
	w.raw = append(w.raw, value...)
}

// Structures writes "a(…)" with so many members.
func (w *Writer) Structures(count int, structure func(index int)) {
	w.Uint32(0)
	size := len(w.raw) - 4
	w.align(8)
	begin := len(w.raw)
	for index := range count {
		w.align(8)
		structure(index)
	}
	binary.LittleEndian.PutUint32(w.raw[size:], uint32(len(w.raw)-begin))
}
