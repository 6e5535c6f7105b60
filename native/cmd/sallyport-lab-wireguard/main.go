//go:build linux

// sallyport-lab-wireguard is WireGuard and nothing else: the embedded version of netd on a plain TUN,
// without guard, filter or signed objects. The bench compares netd's tunnel with it.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
)

const mtu = 1420

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sallyport-lab-wireguard INTERFACE < configuration")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes the key=value lines of WireGuard's configuration protocol from standard input.
func run(name string) error {
	configuration, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	link, err := tun.CreateTUN(name, mtu)
	if err != nil {
		return fmt.Errorf("tun %s: %w", name, err)
	}
	logger := device.NewLogger(device.LogLevelError, name+" ")
	engine := device.NewDevice(link, conn.NewDefaultBind(), logger)
	defer engine.Close()
	begun, used := time.Now(), processorTime()
	if err := engine.IpcSet(string(configuration)); err != nil {
		return fmt.Errorf("configure %s: %w", name, err)
	}
	if err := engine.Up(); err != nil {
		return fmt.Errorf("up %s: %w", name, err)
	}
	fmt.Printf(`{"message":"wireguard runs","configuredMs":%d,"processorMs":%d}`+"\n",
		time.Since(begun).Milliseconds(), (processorTime() - used).Milliseconds())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	return nil
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var usage syscall.Rusage
	// It fails only for a wrong argument.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
