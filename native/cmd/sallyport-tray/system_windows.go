package main

import "golang.org/x/sys/windows"

// Names and numbers of winuser.h and shellapi.h.
const (
	wmDestroy         = 0x0002
	wmClose           = 0x0010
	wmContextMenu     = 0x007B
	wmApp             = 0x8000
	wmOrder           = wmApp + 1
	wmIcon            = wmApp + 2
	ninSelect         = 0x0400
	ninKeySelect      = 0x0401
	ninBalloonPressed = 0x0405
	nimAdd            = 0
	nimModify         = 1
	nimDelete         = 2
	nimSetVersion     = 4
	nifMessage        = 0x01
	nifIcon           = 0x02
	nifTip            = 0x04
	nifInfo           = 0x10
	nifShowTip        = 0x80
	iconVersion       = 4
	mfString          = 0x0000
	mfGrayed          = 0x0001
	mfPopup           = 0x0010
	tpmReturnCommand  = 0x0100
	tpmNoNotify       = 0x0080
	tpmRightButton    = 0x0002
	biRGB             = 0
	dibRGBColours     = 0
)

var (
	user32  = windows.NewLazySystemDLL("user32.dll")
	shell32 = windows.NewLazySystemDLL("shell32.dll")
	gdi32   = windows.NewLazySystemDLL("gdi32.dll")

	registerClass       = user32.NewProc("RegisterClassExW")
	createWindow        = user32.NewProc("CreateWindowExW")
	defWindowProc       = user32.NewProc("DefWindowProcW")
	destroyWindow       = user32.NewProc("DestroyWindow")
	getMessage          = user32.NewProc("GetMessageW")
	dispatchMessage     = user32.NewProc("DispatchMessageW")
	postMessage         = user32.NewProc("PostMessageW")
	postQuitMessage     = user32.NewProc("PostQuitMessage")
	registerWindowMsg   = user32.NewProc("RegisterWindowMessageW")
	createPopupMenu     = user32.NewProc("CreatePopupMenu")
	appendMenu          = user32.NewProc("AppendMenuW")
	destroyMenu         = user32.NewProc("DestroyMenu")
	trackPopupMenu      = user32.NewProc("TrackPopupMenu")
	setForegroundWindow = user32.NewProc("SetForegroundWindow")
	getCursorPos        = user32.NewProc("GetCursorPos")
	createIconIndirect  = user32.NewProc("CreateIconIndirect")
	destroyIcon         = user32.NewProc("DestroyIcon")
	shellNotifyIcon     = shell32.NewProc("Shell_NotifyIconW")
	createDIBSection    = gdi32.NewProc("CreateDIBSection")
	createBitmap        = gdi32.NewProc("CreateBitmap")
	deleteObject        = gdi32.NewProc("DeleteObject")
)

type windowClass struct {
	size, style                        uint32
	proc                               uintptr
	classExtra, windowExtra            int32
	instance, icon, cursor, background windows.Handle
	menuName, className                *uint16
	smallIcon                          windows.Handle
}

type point struct{ x, y int32 }

type message struct {
	window  windows.HWND
	message uint32
	wParam  uintptr
	lParam  uintptr
	time    uint32
	at      point
}

type notifyIconData struct {
	size             uint32
	window           windows.HWND
	id               uint32
	flags            uint32
	callback         uint32
	icon             windows.Handle
	tip              [128]uint16
	state, stateMask uint32
	info             [256]uint16
	version          uint32
	infoTitle        [64]uint16
	infoFlags        uint32
	guid             windows.GUID
	balloonIcon      windows.Handle
}

type iconInfo struct {
	isIcon             int32
	xHotspot, yHotspot uint32
	mask, colour       windows.Handle
}

type bitmapHeader struct {
	size                    uint32
	width, height           int32
	planes, bits            uint16
	compression, imageBytes uint32
	xPerMetre, yPerMetre    int32
	used, important         uint32
}
