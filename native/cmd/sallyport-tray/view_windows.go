package main

import (
	"errors"
	"fmt"
	"io"
	"unsafe"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/trayline"
)

const firstLine = 1 // the line of the state, which a click on the icon stands for

// view is the icon with its menu; only the thread that made it touches it, but for wake and end.
type view struct {
	window         windows.HWND
	taskbarCreated uint32
	orders         <-chan trayline.Order
	told           io.Writer

	shown trayline.Order
	icon  windows.Handle
	added bool
}

func openView(orders <-chan trayline.Order, told io.Writer) (*view, error) {
	v := &view{orders: orders, told: told}
	name, err := windows.UTF16PtrFromString("SallyportTray")
	if err != nil {
		return nil, err
	}
	created, err := windows.UTF16PtrFromString("TaskbarCreated")
	if err != nil {
		return nil, err
	}
	class := windowClass{proc: windows.NewCallback(v.handle), className: name}
	class.size = uint32(unsafe.Sizeof(class))
	if atom, _, err := registerClass.Call(uintptr(unsafe.Pointer(&class))); atom == 0 {
		return nil, fmt.Errorf("window class: %w", err)
	}
	number, _, _ := registerWindowMsg.Call(uintptr(unsafe.Pointer(created)))
	v.taskbarCreated = uint32(number)
	// Not a message-only window: those do not hear that a panel was started anew.
	window, _, err := createWindow.Call(0, uintptr(unsafe.Pointer(name)),
		uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if window == 0 {
		return nil, fmt.Errorf("window (is there a desktop?): %w", err)
	}
	v.window = windows.HWND(window)
	return v, nil
}

// wake has the view look at its orders.
func (v *view) wake() { _, _, _ = postMessage.Call(uintptr(v.window), wmOrder, 0, 0) }

// end takes the icon away and lets run return.
func (v *view) end() { _, _, _ = postMessage.Call(uintptr(v.window), wmClose, 0, 0) }

func (v *view) run() {
	var next message
	for {
		got, _, _ := getMessage.Call(uintptr(unsafe.Pointer(&next)), 0, 0, 0)
		if int32(got) <= 0 {
			return
		}
		_, _, _ = dispatchMessage.Call(uintptr(unsafe.Pointer(&next)))
	}
}

func (v *view) handle(window windows.HWND, kind uint32, wParam, lParam uintptr) uintptr {
	switch kind {
	case wmOrder:
		v.takeOrders()
	case wmIcon:
		v.clicked(uint32(lParam & 0xffff))
	case wmClose:
		v.notify(nimDelete, v.data())
		_, _, _ = destroyWindow.Call(uintptr(window))
	case wmDestroy:
		_, _, _ = postQuitMessage.Call(0)
	case v.taskbarCreated:
		v.added = false
		v.show()
	default:
		result, _, _ := defWindowProc.Call(uintptr(window), uintptr(kind), wParam, lParam)
		return result
	}
	return 0
}

func (v *view) takeOrders() {
	for {
		select {
		case order := <-v.orders:
			if order.Kind == "notice" {
				v.notice(order)
				continue
			}
			v.shown = order
			v.show()
		default:
			return
		}
	}
}

// show brings the icon to what was ordered last; without a menu there is none to see.
func (v *view) show() {
	if v.shown.Kind == "" {
		return
	}
	if len(v.shown.Menu) == 0 {
		v.notify(nimDelete, v.data())
		v.added = false
		return
	}
	icon, err := iconOf(v.shown.Icon)
	if err != nil {
		return
	}
	former := v.icon
	v.icon = icon
	data := v.data()
	data.flags = nifMessage | nifIcon | nifTip | nifShowTip
	if v.added {
		v.notify(nimModify, data)
	} else if v.notify(nimAdd, data) {
		v.added = true
		v.notify(nimSetVersion, data)
		v.tell(trayline.WriteReady(v.told))
	}
	if former != 0 {
		_, _, _ = destroyIcon.Call(uintptr(former))
	}
}

func (v *view) notice(order trayline.Order) {
	if !v.added {
		return
	}
	data := v.data()
	data.flags = nifInfo
	fill(data.infoTitle[:], order.Title)
	fill(data.info[:], order.Body)
	v.notify(nimModify, data)
}

func (v *view) clicked(event uint32) {
	switch event {
	case ninSelect, ninKeySelect:
		v.tell(trayline.WriteChosen(v.told, firstLine))
	case ninBalloonPressed:
		v.tell(trayline.WritePressed(v.told))
	case wmContextMenu:
		if id := v.track(); id != 0 {
			v.tell(trayline.WriteChosen(v.told, id))
		}
	}
}

// tell ends the view when nobody listens any more.
func (v *view) tell(err error) {
	if err != nil {
		v.end()
	}
}

// track shows the menu and returns the line that was clicked, or 0.
func (v *view) track() uint16 {
	menu := menuOf(v.shown.Menu)
	if menu == 0 {
		return 0
	}
	var at point
	_, _, _ = getCursorPos.Call(uintptr(unsafe.Pointer(&at)))
	// Without it the menu stays when somebody clicks elsewhere.
	_, _, _ = setForegroundWindow.Call(uintptr(v.window))
	chosen, _, _ := trackPopupMenu.Call(menu, tpmReturnCommand|tpmNoNotify|tpmRightButton,
		uintptr(at.x), uintptr(at.y), 0, uintptr(v.window), 0)
	_, _, _ = destroyMenu.Call(menu)
	return uint16(chosen)
}

// menuOf makes a menu; destroying it destroys those below.
func menuOf(lines []trayline.Line) uintptr {
	menu, _, _ := createPopupMenu.Call()
	if menu == 0 {
		return 0
	}
	for _, line := range lines {
		label, err := windows.UTF16PtrFromString(line.Label)
		if err != nil {
			continue
		}
		flags, id := uintptr(mfString), uintptr(line.ID)
		if !line.Enabled {
			flags |= mfGrayed
		}
		if len(line.Children) > 0 {
			flags |= mfPopup
			id = menuOf(line.Children)
		}
		_, _, _ = appendMenu.Call(menu, flags, id, uintptr(unsafe.Pointer(label)))
	}
	return menu
}

func (v *view) data() *notifyIconData {
	data := &notifyIconData{window: v.window, id: 1, callback: wmIcon, icon: v.icon,
		version: iconVersion}
	data.size = uint32(unsafe.Sizeof(*data))
	fill(data.tip[:], v.shown.Tip)
	return data
}

func (v *view) notify(verb uintptr, data *notifyIconData) bool {
	done, _, _ := shellNotifyIcon.Call(verb, uintptr(unsafe.Pointer(data)))
	return done != 0
}

// fill cuts a text to what there is room for, and leaves the zero at the end.
func fill(into []uint16, text string) {
	units, err := windows.UTF16FromString(text)
	if err != nil {
		return
	}
	copy(into[:len(into)-1], units)
}

var errIcon = errors.New("no icon")

// iconOf makes an icon out of pixels.
func iconOf(from trayline.Icon) (windows.Handle, error) {
	side := int32(from.Side)
	header := bitmapHeader{width: side, height: -side, planes: 1, bits: 32, compression: biRGB}
	header.size = uint32(unsafe.Sizeof(header))
	var bits unsafe.Pointer
	colour, _, _ := createDIBSection.Call(0, uintptr(unsafe.Pointer(&header)), dibRGBColours,
		uintptr(unsafe.Pointer(&bits)), 0, 0)
	if colour == 0 || bits == nil {
		return 0, errIcon
	}
	defer func() { _, _, _ = deleteObject.Call(colour) }()
	pixels := unsafe.Slice((*byte)(bits), len(from.Pixels))
	for at := 0; at < len(pixels); at += 4 {
		red, green, blue, cover := from.Pixels[at], from.Pixels[at+1], from.Pixels[at+2],
			from.Pixels[at+3]
		pixels[at], pixels[at+1], pixels[at+2], pixels[at+3] = blue, green, red, cover
	}
	mask, _, _ := createBitmap.Call(uintptr(side), uintptr(side), 1, 1, 0)
	if mask == 0 {
		return 0, errIcon
	}
	defer func() { _, _, _ = deleteObject.Call(mask) }()
	info := iconInfo{isIcon: 1, mask: windows.Handle(mask), colour: windows.Handle(colour)}
	icon, _, _ := createIconIndirect.Call(uintptr(unsafe.Pointer(&info)))
	if icon == 0 {
		return 0, errIcon
	}
	return windows.Handle(icon), nil
}
