package bus

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

const patience = 5 * time.Second

// answering is a bus that authenticates whoever comes, and then says all of this.
func answering(t *testing.T, said ...string) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	go func() {
		for _, text := range append([]string{"DATA\r\nOK 0123\r\n"}, said...) {
			if _, err := io.WriteString(theirs, text); err != nil {
				return
			}
		}
	}()
	return ours
}

// answer is a message that names what it answers, these fields, and its type.
func answer(kind byte, to uint32, signature string, fields func(*Writer), body func(*Writer)) string {
	inside, head := Writer{}, Writer{}
	body(&inside)
	head.raw = append(head.raw, 'l', kind, 0, version)
	head.Uint32(uint32(len(inside.raw)))
	head.Uint32(7)
	head.Structures(1, func(int) {
		head.Byte(fieldAnswersTo)
		head.Signature("u")
		head.Uint32(to)
		fields(&head)
		head.align(8)
		head.Byte(fieldSignature)
		head.Signature("g")
		head.Signature(signature)
	})
	head.align(8)
	return string(head.raw) + string(inside.raw)
}

func none(*Writer) {}

func text(value string) func(*Writer) { return func(w *Writer) { w.Text(value) } }

var hello = answer(kindAnswer, 1, "s", none, text(":1.7"))

func owner(t *testing.T, said ...string) (string, *Connection, error) {
	t.Helper()
	met, err := Meet(answering(t, append([]string{hello}, said...)...), patience)
	if err != nil {
		t.Fatal(err)
	}
	name, err := met.Owner("org.example", patience)
	return name, met, err
}

func TestAnAnswerIsUnderstoodBesideAllThatIsNone(t *testing.T) {
	lost := answer(4, 0, "", func(w *Writer) {
		w.align(8)
		w.Byte(fieldMember)
		w.Signature("s")
		w.Text("NameLost")
	}, func(*Writer) {})
	call := answer(kindCall, 2, "s", none, text("do this"))
	huge := answer(9, 2, "s", none, text(strings.Repeat("x", 2*maxAnswer)))
	stranger := answer(kindAnswer, 99, "s", none, text(":9.9"))
	name, _, err := owner(t, lost, call, huge, stranger, answer(kindAnswer, 2, "s", none, text(":1.3")))
	if name != ":1.3" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
}

func TestFieldsThatNobodyKnowsArePassedOver(t *testing.T) {
	fields := func(w *Writer) {
		for _, one := range []struct {
			kind  string
			write func()
		}{
			{"y", func() { w.Byte(1) }},
			{"b", func() { w.Bool(true) }},
			{"q", func() { w.align(2); w.Byte(1); w.Byte(2) }},
			{"u", func() { w.Uint32(5) }},
			{"t", func() { w.align(8); w.Uint32(5); w.Uint32(6) }},
			{"o", func() { w.Text("/org/example") }},
			{"g", func() { w.Signature("a{sv}") }},
		} {
			w.align(8)
			w.Byte(200)
			w.Signature(one.kind)
			one.write()
		}
	}
	if name, _, err := owner(t, answer(kindAnswer, 2, "s", fields, text(":1.3"))); name != ":1.3" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
}

func TestARefusalKeepsTheConnection(t *testing.T) {
	refusal := answer(kindError, 2, "s", func(w *Writer) {
		w.align(8)
		w.Byte(fieldErrorName)
		w.Signature("s")
		w.Text("org.example.No")
	}, text(strings.Repeat("no", maxAnswer/4)))
	_, met, err := owner(t, refusal, answer(kindAnswer, 3, "s", none, text(":1.3")))
	var said Error
	if !errors.As(err, &said) || said.Name != "org.example.No" || len(said.Text) > maxErrorSay {
		t.Errorf("%v", err)
	}
	if name, err := met.Owner("org.example", patience); name != ":1.3" || err != nil {
		t.Errorf("after it: %q, %v", name, err)
	}
}

func TestWhatIsNoAnswerEndsTheConnection(t *testing.T) {
	good := answer(kindAnswer, 2, "s", none, text(":1.3"))
	variant := func(w *Writer) {
		w.align(8)
		w.Byte(200)
		w.Signature("v")
	}
	asText := func(w *Writer) {
		w.align(8)
		w.Byte(fieldSignature)
		w.Signature("s")
		w.Text("s")
	}
	for what, said := range map[string]string{
		"an empty structure without end": answer(kindAnswer, 2, "a()", none, func(w *Writer) { w.Uint32(8); w.Uint32(0) }),
		"no text":                        answer(kindAnswer, 2, "", none, func(*Writer) {}),
		"another type":                   answer(kindAnswer, 2, "u", none, func(w *Writer) { w.Uint32(1) }),
		"an answer above the bound":      answer(kindAnswer, 2, "s", none, text(strings.Repeat("x", maxAnswer))),
		"a field that holds containers":  answer(kindAnswer, 2, "s", variant, text(":1.3")),
		"no order of bytes":              "x" + good[1:],
		"another version":                good[:3] + "\x02" + good[4:],
		"fields longer than the message": good[:12] + "\xff\xff\xff\x00" + good[16:],
		"a signal of half of all memory": "l\x04\x00\x01" + "\xff\xff\xff\x7f" + good[8:12] + "\xff\xff\xff\x7f",
		"a signature that is a text":     answer(kindAnswer, 2, "s", asText, text(":1.3")),
	} {
		_, met, err := owner(t, said)
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := met.Owner("org.example", patience); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: still open: %v", what, err)
		}
	}
}

func TestATextThatLiesIsDamage(t *testing.T) {
	for what, body := range map[string]func(*Writer){
		"longer than the message": func(w *Writer) { w.Uint32(1 << 31); w.Text("x") },
		"no end":                  func(w *Writer) { w.Uint32(1); w.Byte('x'); w.Byte('x') },
		"a zero inside":           text("a\x00b"),
		"no UTF-8":                text("\xff"),
	} {
		if name, _, err := owner(t, answer(kindAnswer, 2, "s", none, body)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %q, %v", what, name, err)
		}
	}
}

func TestWhoDoesNotAuthenticateIsLeft(t *testing.T) {
	for said, want := range map[string]error{
		"REJECTED EXTERNAL\r\n": ErrDamaged, "DATA\r\nERROR\r\n": ErrDamaged, "\r\n": ErrDamaged,
		strings.Repeat("D", 2*maxLine): bufio.ErrBufferFull,
	} {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		go func() { _, _ = io.WriteString(theirs, said) }()
		if _, err := Meet(ours, patience); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", said, err)
		}
		if _, err := ours.Write([]byte{0}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%.20q: still open: %v", said, err)
		}
	}
}

func TestWhoNeverStopsTalkingOfOtherThingsIsLeft(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	go func() { _, _ = io.Copy(io.Discard, theirs) }()
	go func() {
		signal := answer(4, 0, "s", none, text("news"))
		_, err := io.WriteString(theirs, "DATA\r\nOK 0123\r\n")
		for err == nil {
			_, err = io.WriteString(theirs, signal)
		}
	}()
	var timeout net.Error
	if _, err := Meet(ours, 50*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v", err)
	}
}

// FuzzValues: what is written is read back, and nothing of it is left over.
func FuzzValues(f *testing.F) {
	f.Add("wiki.corp.example", int32(2), []byte{192, 0, 2, 53}, true, uint8(3))
	f.Fuzz(func(t *testing.T, name string, number int32, raw []byte, flag bool, count uint8) {
		out := Writer{}
		out.Structures(int(count), func(int) {
			out.Int32(number)
			out.Text(name)
			out.Bool(flag)
			out.Bytes(raw)
		})
		in := Reader{raw: out.raw, order: binary.LittleEndian}
		read := 0
		in.Structures(func() {
			if int32(in.Uint32()) != number || in.Text() != name || in.Bool() != flag || string(in.Bytes()) != string(raw) {
				in.broken = true
			}
			read++
		})
		sound := strings.ToValidUTF8(name, "") == name && !strings.Contains(name, "\x00")
		whole := in.Err() == nil && read == int(count) && in.at == len(in.raw)
		if whole != (sound || count == 0) {
			t.Fatalf("%q came back: %v, %d of %d", name, in.Err(), read, count)
		}
	})
}
