package bus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

// serverLog writes the embedded server's lines into our log and remembers why it could not start: the server tells
// that to its log only.
type serverLog struct {
	log *slog.Logger

	mu    sync.Mutex
	fatal string
}

var _ natsserver.Logger = (*serverLog)(nil)

func (l *serverLog) Noticef(format string, v ...any) { l.line(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.line(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.line(slog.LevelError, format, v) }
func (l *serverLog) Debugf(string, ...any)           {}
func (l *serverLog) Tracef(string, ...any)           {}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fatal = fmt.Sprintf(format, v...)
}

func (l *serverLog) line(level slog.Level, format string, v []any) {
	l.log.Log(context.Background(), level, "nats server", "line", strings.TrimSpace(fmt.Sprintf(format, v...)))
}

// reason gives why the server could not start, or "".
func (l *serverLog) reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}
