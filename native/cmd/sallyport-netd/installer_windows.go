package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

// maxSettingText is above every setting that the installer takes.
const maxSettingText = 1024

// installed keeps what the installer was told where the agent looks for settings. The key stands in
// a file of its own, which goes when the key is spent; folders for the system alone hold both, while
// every user may read the registry.
func installed(args []string) int {
	flags := flag.NewFlagSet("sallyport-netd --installed", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // it would name the key
	key := flags.String("key", "", "enrolment key")
	controller := flags.String("controller", "", "URL of the controller")
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		return exitUsage
	}
	system := systemOptions{dataDir: usualDataDir()}
	if err := system.makeFolders(); err != nil {
		return exitUsage
	}
	if errors.Join(
		keepSetting(filepath.Join(system.managedDir(), "10-installer.json"), "ControllerURL",
			*controller),
		keepSetting(filepath.Join(system.managedDir(), "20-installer-key.json"), keySetting, *key),
	) != nil {
		return exitBug
	}
	return 0
}

// keepSetting writes one setting; an installer that was told nothing leaves what is there.
func keepSetting(path, name, value string) error {
	if value == "" {
		return nil
	}
	if len(value) > maxSettingText {
		return errors.New("setting too long")
	}
	raw, err := json.Marshal(map[string]string{name: value})
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}

const (
	purgeTries = 20
	purgePause = 500 * time.Millisecond
)

// purge takes what the service has left behind; the installer calls it when it removes the product.
func purge() int {
	data := usualDataDir()
	if data == "" {
		return exitUsage
	}
	for try := 1; ; try++ {
		err := os.RemoveAll(data)
		if err == nil {
			return 0
		}
		// The last programs of the service may need a moment to let their files go.
		if try == purgeTries || !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
			return exitBug
		}
		time.Sleep(purgePause)
	}
}
