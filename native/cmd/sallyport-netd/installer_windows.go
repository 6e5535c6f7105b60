package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"time"

	"sallyport.dev/netd/internal/nrpt"
	"sallyport.dev/netd/internal/wfp"
)

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

// keepSetting writes one setting; an installer that was told nothing leaves what is there. What the
// value is worth is the agent's to judge: a package with a damaged key installs all the same.
func keepSetting(path, name, value string) error {
	if value == "" {
		return nil
	}
	raw, err := json.Marshal(map[string]string{name: value})
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}

// Longer than the service takes to end.
const (
	purgeTries = 40
	purgePause = 500 * time.Millisecond
)

// purge takes what the service has left behind, its guard and its rules for names too; the installer calls it
// when it removes the product.
func purge() int {
	data := usualDataDir()
	if data == "" {
		return exitUsage
	}
	code := removeData(data)
	// Now no netd runs that would put them back.
	if errors.Join(removeGuard(&wfp.System{}), nrpt.Remove()) != nil {
		return exitBug
	}
	return code
}

// removeData tries for as long as a program of the service runs, which holds a file there: when it is done,
// none does any more and the programs can be removed, too.
func removeData(data string) int {
	for try := 1; os.RemoveAll(data) != nil; try++ {
		if try == purgeTries {
			return exitBug
		}
		time.Sleep(purgePause)
	}
	return 0
}
