package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"yingda/internal/app"
	"yingda/internal/platform/config"
	"yingda/internal/platform/telemetry"
)

// stopTimeout bounds an orderly stop; calls will get longer once there are calls.
const stopTimeout = 30 * time.Second

func newServe() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Start Yingda",
		Long: "Start everything on one machine: an own PostgreSQL, an own NATS, and the parts named by --roles.\n" +
			"With --database-url and --nats-url several processes share the work.",
		Example: "  yingda serve --demo\n" +
			"  yingda serve --config /etc/yingda/yingda.yaml\n" +
			"  yingda serve --roles web --database-url postgres://yingda@db.example.net/yingda --nats-url tls://nats.example.net:4222",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(c)
			if err != nil {
				return err
			}
			return serve(c, cfg)
		},
	}
	configFlags(c)
	return c
}

func serve(c *cobra.Command, cfg config.Config) error {
	log, err := newLogger(c, cfg.Log)
	if err != nil {
		return err
	}
	begin := time.Now()
	tuneMemory()
	a := app.New(cfg, app.Build{Version: version, Revision: revision}, log)
	if err := a.Start(c.Context()); err != nil {
		if errors.Is(err, context.Canceled) && c.Context().Err() != nil {
			return errors.New("stopped before it was ready")
		}
		return err
	}
	roles := make([]string, 0, len(cfg.Roles))
	for _, r := range cfg.Roles {
		roles = append(roles, string(r))
	}
	fmt.Fprintf(c.OutOrStdout(), "Yingda %s is ready after %.2f s: %s (%s)\n", version, time.Since(begin).Seconds(), a.URL(), strings.Join(roles, ", "))
	code, err := a.SetupCode(c.Context())
	if err != nil {
		return errors.Join(err, stop(a))
	}
	if code != "" {
		fmt.Fprintf(c.OutOrStdout(), "There are no accounts yet: open %s/setup and enter the set-up code %s\n", a.URL(), code)
	}

	<-c.Context().Done()
	return stop(a)
}

// newLogger writes to standard error, so that answers and log never mix.
func newLogger(c *cobra.Command, l config.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, usageError{err}
	}
	return telemetry.NewLogger(c.ErrOrStderr(), telemetry.Format(l.Format), level)
}

// stop ends in order; a second signal ends at once.
func stop(a *app.App) error {
	again, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(again, stopTimeout)
	defer cancelTimeout()
	return a.Stop(ctx)
}
