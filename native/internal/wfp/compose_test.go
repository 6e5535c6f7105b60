package wfp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"reflect"
	"testing"
	"unicode/utf16"
	"unsafe"
)

// TestStructuresLieAsTheSystemExpects holds the sizes and places of fwpmtypes.h on 64 bits.
func TestStructuresLieAsTheSystemExpects(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("of 64 bits alone")
	}
	for name, pair := range map[string][2]uintptr{
		"FWPM_FILTER0":               {unsafe.Sizeof(filterData{}), 200},
		"filter.flags":               {unsafe.Offsetof(filterData{}.flags), 32},
		"filter.layerKey":            {unsafe.Offsetof(filterData{}.layer), 64},
		"filter.weight":              {unsafe.Offsetof(filterData{}.weight), 96},
		"filter.filterCondition":     {unsafe.Offsetof(filterData{}.conditions), 120},
		"filter.action":              {unsafe.Offsetof(filterData{}.action), 128},
		"filter.providerContextKey":  {unsafe.Offsetof(filterData{}.context), 152},
		"filter.filterId":            {unsafe.Offsetof(filterData{}.id), 176},
		"FWPM_FILTER_CONDITION0":     {unsafe.Sizeof(condition{}), 40},
		"condition.conditionValue":   {unsafe.Offsetof(condition{}.value), 24},
		"FWP_VALUE0":                 {unsafe.Sizeof(value{}), 16},
		"FWPM_SESSION0":              {unsafe.Sizeof(sessionData{}), 72},
		"session.flags":              {unsafe.Offsetof(sessionData{}.flags), 32},
		"FWPM_PROVIDER0":             {unsafe.Sizeof(providerData{}), 64},
		"FWPM_SUBLAYER0":             {unsafe.Sizeof(sublayerData{}), 72},
		"sublayer.weight":            {unsafe.Offsetof(sublayerData{}.weight), 64},
		"FWPM_FILTER_ENUM_TEMPLATE0": {unsafe.Sizeof(search{}), 72},
		"template.flags":             {unsafe.Offsetof(search{}.flags), 28},
		"template.actionMask":        {unsafe.Offsetof(search{}.actions), 56},
		"FWP_V4_ADDR_AND_MASK":       {unsafe.Sizeof(mask4{}), 8},
		"FWP_V6_ADDR_AND_MASK":       {unsafe.Sizeof(prefix6{}), 17},
		"FWP_BYTE_BLOB":              {unsafe.Sizeof(blob{}), 16},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, want %d", name, pair[0], pair[1])
		}
	}
}

// at reads what a pinned value of ours points to.
func at[T any](data uintptr) T { return **(**T)(unsafe.Pointer(&data)) }

// understood reads a filter back as the system would.
func understood(data *filterData) Filter {
	f := Filter{Tier: Tier(data.weight.data), Permit: data.action == actionPermit, Life: Process}
	for layer, families := range layers {
		for family, id := range families {
			if id == data.layer {
				f.Layer, f.IPv6 = layer, family == 1
			}
		}
	}
	if data.flags&flagPersistent != 0 {
		f.Life = Persistent
	}
	if data.flags&flagBootTime != 0 {
		f.Life = Boot
	}
	for _, item := range unsafe.Slice(data.conditions, data.conditionCount) {
		understand(&f, item)
	}
	return f
}

func understand(f *Filter, item condition) {
	switch item.field {
	case fieldFlags:
		f.Loopback = item.match == matchFlagsAllSet && item.value == value{kindUint32, 1}
	case fieldInterface:
		f.Interface = at[uint64](item.value.data)
	case fieldArrival:
		f.Arrival = at[uint64](item.value.data)
	case fieldOnward:
		f.Onward = at[uint64](item.value.data)
	case fieldLocal:
		f.Local = append(f.Local, prefixOf(item.value))
	case fieldRemote, fieldDestination:
		f.Remote = append(f.Remote, prefixOf(item.value))
	case fieldProtocol:
		f.Protocol = uint8(item.value.data)
	case fieldLocalPort:
		f.LocalPorts = append(f.LocalPorts, uint16(item.value.data))
	case fieldRemotePort:
		f.RemotePort = uint16(item.value.data)
	case fieldProgram:
		held := at[blob](item.value.data)
		units := unsafe.Slice((*uint16)(unsafe.Pointer(held.data)), held.size/2)
		if units[len(units)-1] == 0 {
			f.Program = string(utf16.Decode(units[:len(units)-1]))
		}
	}
}

func prefixOf(v value) netip.Prefix {
	if v.kind == kindV4AddrMask {
		held := at[mask4](v.data)
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, held.address))),
			bits.OnesCount32(held.mask))
	}
	held := at[prefix6](v.data)
	return netip.PrefixFrom(netip.AddrFrom16(held.address), int(held.bits))
}

func TestTheSystemIsToldWhatWasPlanned(t *testing.T) {
	prefixes := func(texts ...string) []netip.Prefix {
		list := []netip.Prefix{}
		for _, text := range texts {
			list = append(list, netip.MustParsePrefix(text))
		}
		return list
	}
	filters := Filters(Wanted{
		Protected: prefixes("10.50.0.0/15", "10.9.9.9/32", "0.0.0.0/1", "fd50::/48"),
		Self:      prefixes("100.96.1.2/32", "fd96::2/128"), Tunnel: 1 << 40, Program: `\device\nétd.exe`,
		Granted:   prefixes("10.50.0.10/32", "fd50::10/128"),
		Endpoints: []netip.AddrPort{netip.MustParseAddrPort("10.50.0.1:51820")},
		Exempt: []Exempt{{Address: netip.MustParseAddr("fd50::9"), TCP: true, Port: 443},
			{Address: netip.MustParseAddr("10.50.0.9"), Port: 53}},
	})
	keys := map[Key]bool{}
	for _, f := range filters {
		m := memory{}
		data := compose(&m, f)
		got := understood(data)
		got.Name = f.Name
		if !reflect.DeepEqual(got, f) {
			t.Errorf("told  %+v\nmeant %+v", got, f)
		}
		if keyOf(data.key) != f.Key() || f.Key().Closes() == f.Permit || keys[f.Key()] {
			t.Errorf("key of %+v", f)
		}
		if (data.flags&flagClearActionRight != 0) == f.Permit {
			t.Errorf("last word of %+v", f)
		}
		keys[f.Key()] = true
		m.Unpin()
	}
}
