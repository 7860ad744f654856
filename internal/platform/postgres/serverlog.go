package postgres

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// maxLogLine bounds one line of the server's log; the rest of a longer line is dropped.
const maxLogLine = 4096

// serverLog takes what the server writes to its standard error, line by line, to the program's log.
// The server itself is told to write nothing with customers' values in it (fixedSettings).
type serverLog struct {
	log *slog.Logger

	mu     sync.Mutex
	rest   []byte // an unfinished line
	recent []string
}

// Write splits into lines; it never fails, because a log must not stop the server.
func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			break
		}
		l.line(string(l.rest[:min(i, maxLogLine)]))
		l.rest = l.rest[i+1:]
	}
	if len(l.rest) > maxLogLine {
		l.rest = l.rest[:maxLogLine]
	}
	return len(p), nil
}

var logPattern = regexp.MustCompile(`^\[(\d+)\] ([A-Z0-9]+):  (.*)$`)

func (l *serverLog) line(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	l.recent = append(l.recent[max(0, len(l.recent)-9):], text)
	m := logPattern.FindStringSubmatch(text)
	if m == nil {
		l.log.Warn("postgresql says", "text", text)
		return
	}
	l.log.Log(context.Background(), serverLevel(m[2]), "postgresql says", "server_pid", m[1], "text", m[3])
}

// serverLevel maps PostgreSQL's severities. LOG is its ordinary chatter about itself.
func serverLevel(severity string) slog.Level {
	switch {
	case severity == "PANIC":
		return slog.LevelError
	case severity == "FATAL", severity == "ERROR", severity == "WARNING":
		return slog.LevelWarn
	case severity == "LOG":
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// last gives the latest lines, for the cause of a failed start.
func (l *serverLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.recent, " / ")
}
