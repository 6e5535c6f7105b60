package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows/registry"

	"sallyport.dev/netd/internal/host"
	"sallyport.dev/netd/internal/logfile"
)

const (
	// Where group policy leaves settings; the installer leaves them in files.
	policyKey  = `SOFTWARE\Policies\Sallyport\Agent`
	keySetting = "EnrollmentKey"

	lookEvery = 5 * time.Second
	// The network may come later; a key may be renewed at the controller.
	againAfter = 5 * time.Minute
)

var agentPause = host.Pause{First: time.Second, Most: time.Minute, Steady: 5 * time.Minute}

var logLimit = logfile.Limit{Bytes: 10 << 20, Former: 3}

// agentHost starts the agent and, when a key was left for it, has it join.
type agentHost struct {
	keeper *host.Keeper
	join   host.Program
	output *logfile.File
	log    *slog.Logger
	// managedDir is where the installer leaves settings.
	managedDir string
}

func agentOf(chosen options, log *slog.Logger) (*agentHost, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	output, err := logfile.Open(filepath.Join(chosen.logDir(), "agent.log"), logLimit)
	if err != nil {
		return nil, err
	}
	program := host.Program{
		Path:        filepath.Join(filepath.Dir(own), "sallyport.exe"),
		Args:        []string{"daemon", "--role", "device", "--hosted"},
		Environment: agentEnvironment(),
		Dir:         filepath.Dir(own),
		Output:      output,
	}
	join := program
	join.Args = []string{"enroll", "--managed", "--timeout", "10m"}
	return &agentHost{keeper: host.NewKeeper(program, agentPause, log), join: join, output: output,
		log: log, managedDir: chosen.managedDir()}, nil
}

func (a *agentHost) close() {
	if err := a.output.Close(); err != nil {
		a.log.Warn("agent's log not closed", "why", err.Error())
	}
}

// agentEnvironment is what programs of Windows cannot do without. Nothing else of ours goes along:
// variables like NODE_EXTRA_CA_CERTS would change what the agent trusts.
func agentEnvironment() []string {
	environment := []string{}
	for _, name := range []string{"SystemRoot", "SystemDrive", "windir", "ProgramData",
		"ProgramFiles", "COMPUTERNAME", "TEMP", "TMP", "PATH", "PATHEXT", "ComSpec",
		"NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"} {
		if value, set := os.LookupEnv(name); set {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// joinWhenAsked has the agent join with each key once, and again later where that failed.
func (a *agentHost) joinWhenAsked(ctx context.Context) error {
	tried, again := "", time.Time{}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		key := a.leftKey()
		if key != "" && a.keeper.PID() != 0 && (key != tried || time.Now().After(again)) {
			code, err := host.Once(ctx, a.join)
			if err != nil && ctx.Err() == nil {
				a.log.Error("enrolment not started", "why", err.Error())
			} else if ctx.Err() == nil {
				a.log.Info("enrolment with the key that was left", "exitCode", code)
			}
			tried, again = key, time.Now().Add(againAfter)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// leftKey is empty where nobody left one. What it holds is the agent's to judge.
func (a *agentHost) leftKey() string {
	if policies, err := registry.OpenKey(registry.LOCAL_MACHINE, policyKey,
		registry.QUERY_VALUE|registry.WOW64_64KEY); err == nil {
		value, _, err := policies.GetStringValue(keySetting)
		if policies.Close() == nil && err == nil && value != "" {
			return value
		}
	}
	// The pattern is a constant, which is all that could be wrong with it.
	files, _ := filepath.Glob(filepath.Join(a.managedDir, "*.json"))
	for _, file := range files {
		var settings map[string]any
		raw, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(raw, &settings) != nil {
			continue
		}
		if key, _ := settings[keySetting].(string); key != "" {
			return key
		}
	}
	return ""
}
