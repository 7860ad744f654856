package wire

import (
	"context"
	"log/slog"

	"github.com/emiago/sipgo/sip"
)

// sipgo's connections count their references aloud into the library's global logger, addresses included, whatever
// loggers its layers were given. It may be set only before the library is used, hence here and not in New.
var _ = func() bool { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)); return true }()

// QuietLogger makes the logger for sipgo's layers. sipgo logs whole messages, addresses and header values: with
// numbers of callers in them. Only its constant texts and a few harmless attributes pass, from warnings upward.
func QuietLogger(log *slog.Logger) *slog.Logger { return slog.New(quiet{log.Handler()}) }

// harmless are the attributes of sipgo that carry nothing of a message.
var harmless = map[string]bool{"caller": true, "network": true, "transport": true, "method": true, "dur": true}

type quiet struct{ to slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.to.Enabled(ctx, l)
}

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	level := min(r.Level, slog.LevelWarn) // what a sender does is no error of ours
	out := slog.NewRecord(r.Time, level, "sip stack: "+r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if harmless[a.Key] {
			out.AddAttrs(a)
		}
		return true
	})
	return q.to.Handle(ctx, out)
}

func (q quiet) WithAttrs(as []slog.Attr) slog.Handler {
	var keep []slog.Attr
	for _, a := range as {
		if harmless[a.Key] {
			keep = append(keep, a)
		}
	}
	return quiet{q.to.WithAttrs(keep)}
}

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.to.WithGroup(name)} }
