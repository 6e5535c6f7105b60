package wfp

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// What the engine answers where things are as they shall be already.
const (
	filterNotFound   = syscall.Errno(0x80320003)
	providerNotFound = syscall.Errno(0x80320005)
	sublayerNotFound = syscall.Errno(0x80320007)
	alreadyExists    = syscall.Errno(0x80320009)
)

// notSupported is RPC_S_CANNOT_SUPPORT, all that Wine answers.
const notSupported = syscall.Errno(1764)

// authenticationOfWindows is RPC_C_AUTHN_WINNT.
const authenticationOfWindows = 10

var library = windows.NewLazySystemDLL("fwpuclnt.dll")

// call answers the engine's own error; one of these means that all is as it shall be.
func call(name string, arguments []uintptr, fine ...syscall.Errno) error {
	procedure := library.NewProc(name)
	if err := procedure.Find(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	code, _, _ := syscall.SyscallN(procedure.Addr(), arguments...)
	for _, accepted := range fine {
		if syscall.Errno(uint32(code)) == accepted {
			return nil
		}
	}
	switch answer := syscall.Errno(uint32(code)); answer {
	case 0:
		return nil
	case notSupported:
		return fmt.Errorf("%w: %s: %w", ErrNoEngine, name, answer)
	default:
		return fmt.Errorf("%s: %w", name, answer)
	}
}

// free gives back what the engine allocated; it answers nothing.
func free(place uintptr) {
	if procedure := library.NewProc("FwpmFreeMemory0"); procedure.Find() == nil {
		_, _, _ = syscall.SyscallN(procedure.Addr(), place)
	}
}

// System is the filter engine of this Windows. It is opened when it is needed, and anew after an error:
// what opens ends with its session, so an engine that fails closes.
type System struct {
	lasting uintptr // for what outlives us
	process uintptr // for what ends with us
}

// open answers the session for filters of this life.
func (s *System) open(life Life) (uintptr, error) {
	session, flags := &s.lasting, uint32(0)
	if life == Process {
		session, flags = &s.process, flagDynamicSession
	}
	if *session != 0 {
		return *session, nil
	}
	m := memory{}
	defer m.Unpin()
	wanted := &sessionData{displayed: display(&m, "guard"), flags: flags}
	opened := new(uintptr)
	err := call("FwpmEngineOpen0", []uintptr{0, authenticationOfWindows, 0, keep(&m, wanted),
		keep(&m, opened)})
	*session = *opened
	return *session, err
}

// failed lets go of both sessions after an error.
func (s *System) failed(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, s.Close())
}

// Close ends what opens; what closes stays.
func (s *System) Close() error {
	failures := []error{}
	for _, session := range []*uintptr{&s.process, &s.lasting} {
		if *session != 0 {
			failures = append(failures, call("FwpmEngineClose0", []uintptr{*session}))
			*session = 0
		}
	}
	return errors.Join(failures...)
}

// Prepare implements Engine.
func (s *System) Prepare() error {
	session, err := s.open(Persistent)
	if err != nil {
		return err
	}
	m := memory{}
	defer m.Unpin()
	provider := &providerData{key: ourProvider, displayed: display(&m, "guard"), flags: flagPersistent}
	sublayer := &sublayerData{key: ourSublayer, displayed: display(&m, "guard"),
		flags: flagPersistent, provider: new(ourProvider), weight: 0xffff}
	m.Pin(sublayer.provider)
	return s.failed(errors.Join(
		call("FwpmProviderAdd0", []uintptr{session, keep(&m, provider), 0}, alreadyExists),
		call("FwpmSubLayerAdd0", []uintptr{session, keep(&m, sublayer), 0}, alreadyExists)))
}

// Add implements Engine.
func (s *System) Add(filter Filter) error {
	session, err := s.open(filter.Life)
	if err != nil {
		return err
	}
	m := memory{}
	defer m.Unpin()
	return s.failed(call("FwpmFilterAdd0",
		[]uintptr{session, uintptr(unsafe.Pointer(compose(&m, filter))), 0, 0}, alreadyExists))
}

// Delete implements Engine.
func (s *System) Delete(key Key) error {
	session, err := s.open(Persistent)
	if err != nil {
		return err
	}
	m := memory{}
	defer m.Unpin()
	return s.failed(call("FwpmFilterDeleteByKey0", []uintptr{session, keep(&m, new(key.guid()))},
		filterNotFound))
}

// Leave implements Engine.
func (s *System) Leave() error {
	session, err := s.open(Persistent)
	if err != nil {
		return err
	}
	m := memory{}
	defer m.Unpin()
	return s.failed(errors.Join(
		call("FwpmSubLayerDeleteByKey0", []uintptr{session, keep(&m, new(ourSublayer))}, sublayerNotFound),
		call("FwpmProviderDeleteByKey0", []uintptr{session, keep(&m, new(ourProvider))}, providerNotFound)))
}

// Keys implements Engine.
func (s *System) Keys() (map[Key]bool, error) {
	session, err := s.open(Persistent)
	if err != nil {
		return nil, err
	}
	keys := map[Key]bool{}
	for _, families := range layers {
		for _, layer := range families {
			if err := collect(session, layer, keys); err != nil {
				return nil, s.failed(err)
			}
		}
	}
	return keys, nil
}

// page is how many filters are asked for at once.
const page = 128

// collect notes the filters of ours in one layer, those of the start of the machine too.
func collect(session uintptr, layer guid, keys map[Key]bool) error {
	m := memory{}
	defer m.Unpin()
	wanted := &search{provider: new(ourProvider), layer: layer,
		flags: includeBootTime | includeDisabled, actions: everyAction}
	m.Pin(wanted.provider)
	handle := new(uintptr)
	if err := call("FwpmFilterCreateEnumHandle0",
		[]uintptr{session, keep(&m, wanted), keep(&m, handle)}); err != nil {
		return err
	}
	var err error
	for more := true; more && err == nil; {
		found, count := new(unsafe.Pointer), new(uint32)
		err = call("FwpmFilterEnum0", []uintptr{session, *handle, page, keep(&m, found), keep(&m, count)})
		if err == nil && *count > 0 {
			// A filter begins with its key.
			for _, key := range unsafe.Slice((**guid)(*found), *count) {
				keys[keyOf(*key)] = true
			}
			free(keep(&m, found))
		}
		more = *count == page
	}
	return errors.Join(err, call("FwpmFilterDestroyEnumHandle0", []uintptr{session, *handle}))
}

// OwnProgram is this program as the system's filters know it.
func OwnProgram() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	m := memory{}
	defer m.Unpin()
	found := new(*blob)
	if err := call("FwpmGetAppIdFromFileName0",
		[]uintptr{uintptr(unsafe.Pointer(text(&m, path))), keep(&m, found)}); err != nil {
		return "", err
	}
	units := unsafe.Slice((*uint16)(unsafe.Pointer((*found).data)), (*found).size/2)
	own := windows.UTF16ToString(units)
	free(keep(&m, found))
	return own, nil
}
