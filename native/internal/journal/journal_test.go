package journal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"sallyport.dev/netd/internal/journal"
)

func TestLineHasTheFormOfAllOurLogs(t *testing.T) {
	var out bytes.Buffer
	log, err := journal.New(&out, "info")
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("not shown")
	log.With("part", "x").Warn("request refused", "code", "conflict")
	var line struct {
		Level, Message, Timestamp, Part, Code string
		MonotonicMs                           float64
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, out.Bytes())
	}
	_, timeErr := time.Parse("2006-01-02T15:04:05.000Z", line.Timestamp)
	if line.Level != "warn" || line.Message != "request refused" || timeErr != nil ||
		line.Part != "x" ||
		line.Code != "conflict" || line.MonotonicMs <= 0 || strings.Count(out.String(), "\n") != 1 {
		t.Fatalf("%s", out.Bytes())
	}
	if _, err := journal.New(&out, "loud"); err == nil {
		t.Fatal("a level that is none was taken")
	}
}

func TestStuckReaderHoldsNobodyUpAndHearsHowMuchItMissed(t *testing.T) {
	const written = 10_000
	reader, writer := io.Pipe()
	lines := journal.NewWriter(writer)
	for range written {
		if _, err := lines.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	heard, passed := bufio.NewScanner(reader), 0
	for heard.Scan() && heard.Text() == "line" {
		passed++
	}
	var told struct {
		Level, Message string
		Lines          int
	}
	if err := json.Unmarshal(heard.Bytes(), &told); err != nil {
		t.Fatalf("%v: %s", err, heard.Bytes())
	}
	if told.Level != "warn" || told.Message != "log lines lost" || told.Lines == 0 ||
		passed+told.Lines != written {
		t.Fatalf("%d of %d passed, told: %+v", passed, written, told)
	}
	lines.Close()
}

func TestCloseLetsQueuedLinesOut(t *testing.T) {
	var out bytes.Buffer
	lines := journal.NewWriter(&out)
	for range 100 {
		if _, err := lines.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
	}
	lines.Close()
	if got := strings.Count(out.String(), "line\n"); got != 100 {
		t.Fatalf("%d lines", got)
	}
}
