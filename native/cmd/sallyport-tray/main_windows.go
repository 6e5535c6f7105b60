// sallyport-tray is the icon of Windows' panel: a view that shows what `sallyport tray` writes to its
// standard input and tells what was clicked. It holds no state of its own, decides nothing, and ends
// with whoever started it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/windows"

	"sallyport.dev/netd/internal/trayline"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--start" {
		if err := start(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// A window belongs to the thread that made it.
	runtime.LockOSThread()
	orders := make(chan trayline.Order, 16)
	view, err := openView(orders, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		err := trayline.Read(os.Stdin, func(order trayline.Order) {
			orders <- order
			view.wake()
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		view.end()
	}()
	view.run()
}

// start runs `sallyport tray` without the console window that a program of its kind would open, and
// does not wait for it. That program starts us again, as its view.
func start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program := exec.Command(filepath.Join(filepath.Dir(self), "sallyport.exe"), "tray")
	program.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
	return program.Start()
}
