package wfp

// The structures of fwpmtypes.h on 64 bits, as far as they are ours to fill in; their names there
// stand behind them.

// guid is GUID.
type guid struct {
	first         uint32
	second, third uint16
	rest          [8]byte
}

// displayed is FWPM_DISPLAY_DATA0.
type displayed struct{ name, description *uint16 }

// blob is FWP_BYTE_BLOB.
type blob struct {
	size uint32
	data *byte
}

// value is FWP_VALUE0 and FWP_CONDITION_VALUE0: numbers up to 32 bits, else a pointer.
type value struct {
	kind uint32
	data uintptr
}

// condition is FWPM_FILTER_CONDITION0.
type condition struct {
	field guid
	match uint32
	value value
}

// filterData is FWPM_FILTER0.
type filterData struct {
	key             guid
	displayed       displayed
	flags           uint32
	provider        *guid
	providerData    blob
	layer, sublayer guid
	weight          value
	conditionCount  uint32
	conditions      *condition
	action          uint32
	callout         guid
	_               [4]byte
	context         guid
	_               *guid
	id              uint64
	effectiveWeight value
}

// sessionData is FWPM_SESSION0.
type sessionData struct {
	key         guid
	displayed   displayed
	flags       uint32
	waitMillis  uint32
	process     uint32
	account     uintptr
	accountName *uint16
	kernelMode  uint8
}

// providerData is FWPM_PROVIDER0.
type providerData struct {
	key         guid
	displayed   displayed
	flags       uint32
	data        blob
	serviceName *uint16
}

// sublayerData is FWPM_SUBLAYER0.
type sublayerData struct {
	key       guid
	displayed displayed
	flags     uint32
	provider  *guid
	data      blob
	weight    uint16
}

// search is FWPM_FILTER_ENUM_TEMPLATE0.
type search struct {
	provider       *guid
	layer          guid
	kind           uint32
	flags          uint32
	context        uintptr
	conditionCount uint32
	conditions     *condition
	actions        uint32
	callout        *guid
}

// mask4 is FWP_V4_ADDR_AND_MASK, prefix6 FWP_V6_ADDR_AND_MASK.
type (
	mask4   struct{ address, mask uint32 }
	prefix6 struct {
		address [16]byte
		bits    uint8
	}
)

// Kinds of values, ways to match, flags and actions.
const (
	kindUint8      = 1
	kindUint16     = 2
	kindUint32     = 3
	kindUint64     = 4
	kindBlob       = 12
	kindV4AddrMask = 256
	kindV6AddrMask = 257

	matchEqual       = 0
	matchFlagsAllSet = 6

	flagPersistent       = 0x1
	flagBootTime         = 0x2
	flagClearActionRight = 0x8
	flagDynamicSession   = 0x1

	actionBlock  = 0x1001
	actionPermit = 0x1002

	conditionIsLoopback = 0x1

	includeBootTime = 0x8
	includeDisabled = 0x10
	everyAction     = 0xffffffff
)

// The layers in which our filters stand, those of IPv4 first.
var layers = map[Layer][2]guid{
	Connect: {
		{0xc38d57d1, 0x05a7, 0x4c33, [8]byte{0x90, 0x4f, 0x7f, 0xbc, 0xee, 0xe6, 0x0e, 0x82}},
		{0x4a72393b, 0x319f, 0x44bc, [8]byte{0x84, 0xc3, 0xba, 0x54, 0xdc, 0xb3, 0xb6, 0xb4}},
	},
	Accept: {
		{0xe1cd9fe7, 0xf4b5, 0x4273, [8]byte{0x96, 0xc0, 0x59, 0x2e, 0x48, 0x7b, 0x86, 0x50}},
		{0xa3b42c97, 0x9f04, 0x4672, [8]byte{0xb8, 0x7e, 0xce, 0xe9, 0xc4, 0x83, 0x25, 0x7f}},
	},
	Forward: {
		{0xa82acc24, 0x4ee1, 0x4ee1, [8]byte{0xb4, 0x65, 0xfd, 0x1d, 0x25, 0xcb, 0x10, 0xa4}},
		{0x7b964818, 0x19c7, 0x493a, [8]byte{0xb7, 0x1f, 0x83, 0x2c, 0x36, 0x84, 0xd2, 0x8c}},
	},
}

// The fields that conditions look at.
var (
	fieldProgram = guid{0xd78e1e87, 0x8644, 0x4ea5,
		[8]byte{0x94, 0x37, 0xd8, 0x09, 0xec, 0xef, 0xc9, 0x71}}
	fieldFlags = guid{0x632ce23b, 0x5167, 0x435c,
		[8]byte{0x86, 0xd7, 0xe9, 0x03, 0x68, 0x4a, 0xa8, 0x0c}}
	fieldArrival = guid{0x618a9b6d, 0x386b, 0x4136,
		[8]byte{0xad, 0x6e, 0xb5, 0x15, 0x87, 0xcf, 0xb1, 0xcd}}
	fieldDestination = guid{0x2d79133b, 0xb390, 0x45c6,
		[8]byte{0x86, 0x99, 0xac, 0xac, 0xea, 0xaf, 0xed, 0x33}}
	fieldOnward = guid{0x1076b8a5, 0x6323, 0x4c5e,
		[8]byte{0x98, 0x10, 0xe8, 0xd3, 0xfc, 0x9e, 0x61, 0x36}}
	fieldLocal = guid{0xd9ee00de, 0xc1ef, 0x4617,
		[8]byte{0xbf, 0xe3, 0xff, 0xd8, 0xf5, 0xa0, 0x89, 0x57}}
	fieldInterface = guid{0x4cd62a49, 0x59c3, 0x4969,
		[8]byte{0xb7, 0xf3, 0xbd, 0xa5, 0xd3, 0x28, 0x90, 0xa4}}
	fieldLocalPort = guid{0x0c1ba1af, 0x5765, 0x453f,
		[8]byte{0xaf, 0x22, 0xa8, 0xf7, 0x91, 0xac, 0x77, 0x5b}}
	fieldProtocol = guid{0x3971ef2b, 0x623e, 0x4f9a,
		[8]byte{0x8c, 0xb1, 0x6e, 0x79, 0xb8, 0x06, 0xb9, 0xa7}}
	fieldRemote = guid{0xb235ae9a, 0x1d64, 0x49b8,
		[8]byte{0xa4, 0x4c, 0x5f, 0xf3, 0xd9, 0x09, 0x50, 0x45}}
	fieldRemotePort = guid{0xc35a604d, 0xd22b, 0x4e1a,
		[8]byte{0x91, 0xb4, 0x68, 0xf6, 0x74, 0xee, 0x67, 0x4b}}
)

// What carries our filters.
var (
	ourProvider = guid{0x7b1c5d3e, 0x9a40, 0x4d0e,
		[8]byte{0xa1, 0x52, 0x53, 0x61, 0x6c, 0x6c, 0x79, 0x31}}
	ourSublayer = guid{0x7b1c5d3e, 0x9a40, 0x4d0e,
		[8]byte{0xa1, 0x52, 0x53, 0x61, 0x6c, 0x6c, 0x79, 0x32}}
)
