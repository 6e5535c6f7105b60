package wfp

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"unicode/utf16"
	"unsafe"
)

// memory holds what a structure points to where the system finds it until it is released.
type memory struct{ runtime.Pinner }

// keep answers where a value of ours lies. It must be made for this alone.
func keep[T any](m *memory, item *T) uintptr {
	m.Pin(item)
	return uintptr(unsafe.Pointer(item))
}

// text is null-terminated UTF-16.
func text(m *memory, words string) *uint16 {
	units := append(utf16.Encode([]rune(words)), 0)
	m.Pin(&units[0])
	return &units[0]
}

func display(m *memory, name string) displayed {
	return displayed{name: text(m, "Sallyport: "+name)}
}

// guid is the key as the system writes it.
func (k Key) guid() guid {
	return guid{binary.BigEndian.Uint32(k[:]), binary.BigEndian.Uint16(k[4:]),
		binary.BigEndian.Uint16(k[6:]), [8]byte(k[8:])}
}

func keyOf(id guid) Key {
	key := Key{}
	binary.BigEndian.PutUint32(key[:], id.first)
	binary.BigEndian.PutUint16(key[4:], id.second)
	binary.BigEndian.PutUint16(key[6:], id.third)
	copy(key[8:], id.rest[:])
	return key
}

// compose writes a filter as the system wants it. Its conditions on the same field are alternatives,
// those on different fields hold together.
func compose(m *memory, f Filter) *filterData {
	family := 0
	if f.IPv6 {
		family = 1
	}
	conditions := conditionsOf(m, f)
	data := &filterData{
		key: f.Key().guid(), displayed: display(m, f.Name), provider: new(ourProvider),
		layer: layers[f.Layer][family], sublayer: ourSublayer,
		weight: value{kindUint8, uintptr(f.Tier)}, action: actionPermit,
		conditionCount: uint32(len(conditions)),
	}
	m.Pin(data.provider)
	if len(conditions) > 0 {
		data.conditions = &conditions[0]
		m.Pin(data.conditions)
	}
	if !f.Permit {
		// Ours is the last word: what others permit below stays closed.
		data.action, data.flags = actionBlock, flagClearActionRight
	}
	switch f.Life {
	case Boot:
		data.flags |= flagBootTime
	case Persistent:
		data.flags |= flagPersistent
	}
	m.Pin(data)
	return data
}

func conditionsOf(m *memory, f Filter) []condition {
	list := []condition{}
	equal := func(field guid, value value) { list = append(list, condition{field, matchEqual, value}) }
	through := func(field guid, luid uint64) {
		if luid != 0 {
			equal(field, value{kindUint64, keep(m, &luid)})
		}
	}
	if f.Loopback {
		list = append(list, condition{fieldFlags, matchFlagsAllSet, value{kindUint32, conditionIsLoopback}})
	}
	through(fieldInterface, f.Interface)
	through(fieldArrival, f.Arrival)
	through(fieldOnward, f.Onward)
	for _, prefix := range f.Local {
		equal(fieldLocal, prefixValue(m, prefix))
	}
	remote := fieldRemote
	if f.Layer == Forward {
		remote = fieldDestination
	}
	for _, prefix := range f.Remote {
		equal(remote, prefixValue(m, prefix))
	}
	if f.Protocol != 0 {
		equal(fieldProtocol, value{kindUint8, uintptr(f.Protocol)})
	}
	for _, port := range f.LocalPorts {
		equal(fieldLocalPort, value{kindUint16, uintptr(port)})
	}
	if f.RemotePort != 0 {
		equal(fieldRemotePort, value{kindUint16, uintptr(f.RemotePort)})
	}
	if f.Program != "" {
		equal(fieldProgram, value{kindBlob, keep(m, programBlob(m, f.Program))})
	}
	return list
}

// prefixValue has the address of IPv4 as a number, that of IPv6 as bytes.
func prefixValue(m *memory, prefix netip.Prefix) value {
	if address := prefix.Masked().Addr(); address.Is4() {
		bytes := address.As4()
		return value{kindV4AddrMask, keep(m, &mask4{binary.BigEndian.Uint32(bytes[:]),
			uint32(uint64(0xffffffff) << (32 - prefix.Bits()))})}
	}
	return value{kindV6AddrMask, keep(m, &prefix6{prefix.Masked().Addr().As16(), uint8(prefix.Bits())})}
}

// programBlob is a path as the system tells it, with its null.
func programBlob(m *memory, path string) *blob {
	first := text(m, path)
	units := len(utf16.Encode([]rune(path))) + 1
	return &blob{uint32(2 * units), (*byte)(unsafe.Pointer(first))}
}
