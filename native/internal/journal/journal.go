// Package journal writes the log as all programs of the project do: one JSON object per line with
// level, message, timestamp and monotonicMs, so that programs of one machine can be compared.
package journal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"sallyport.dev/netd/internal/clock"
)

// New makes a logger of the given level (debug, info, warn or error).
func New(out io.Writer, levelName string) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(levelName)); err != nil {
		return nil, fmt.Errorf("log level %q is none of debug, info, warn, error", levelName)
	}
	return open(out, level), nil
}

func open(out io.Writer, level slog.Level) *slog.Logger {
	inner := slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level, ReplaceAttr: rename})
	return slog.New(handler{inner})
}

func rename(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.LevelKey:
		return slog.String("level", strings.ToLower(attr.Value.String()))
	case slog.MessageKey:
		attr.Key = "message"
	case slog.TimeKey:
		text := attr.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z")
		return slog.String("timestamp", text)
	}
	return attr
}

// handler adds the monotonic time of each record.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	record.AddAttrs(slog.Float64("monotonicMs", clock.Read().MonotonicMs()))
	if record.Time.IsZero() {
		record.Time = time.Now()
	}
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
