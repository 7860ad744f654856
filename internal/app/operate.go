package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/user"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

// ownConsumers read events in every installation of this version; see ForgetConsumer.
var ownConsumers = []string{outbox.RelayName, "webhook"}

// Operator does by hand what the health page's remedies name. It acts on the installation's database,
// whether a process runs there or not, and what it does stands in its log with the name of the
// operating system's user.
type Operator struct {
	cfg   config.Config
	log   *slog.Logger
	clock clock.Clock
	actor string
}

// NewOperator makes an operator for the installation that cfg describes.
func NewOperator(cfg config.Config, log *slog.Logger) *Operator {
	return &Operator{cfg: cfg, log: log, clock: clock.System(), actor: systemUser()}
}

// systemUser is who works here; behind sudo, who called it.
func systemUser() string {
	name := os.Getenv("SUDO_USER")
	if u, err := user.Current(); name == "" && err == nil {
		name = u.Username
	}
	return cmp.Or(name, "uid "+strconv.Itoa(os.Getuid()))
}

// onDatabase gives the database of an existing installation of this version. An operator's command must
// not make a new installation by a slip of the folder's name.
func (o *Operator) onDatabase(ctx context.Context, do func(*pgxpool.Pool) error) error {
	if o.cfg.DatabaseURL == "" {
		major, err := postgres.Inspect(o.cfg.DataDir)
		if err != nil {
			return err
		}
		if major == 0 {
			return fault.New(fault.NotFound, "operate.no_installation", "there is no database in %s", o.cfg.DataDir).
				WithRemedy("name the installation's folder with --data-dir, or its configuration with --config")
		}
	}
	return withDatabase(ctx, o.cfg, o.log, func(pool *pgxpool.Pool) error {
		pending, err := postgres.PendingMigrations(ctx, pool)
		if err != nil {
			return err
		}
		if len(pending) > 0 {
			return fault.New(fault.Conflict, "operate.older_database", "the database belongs to an older version: %d migrations are pending", len(pending)).
				WithRemedy("use the program of that version, or run `yingda migrate` first")
		}
		return do(pool)
	})
}

// SkipEvent lets a consumer leave out the event it is stuck at. The reason is kept beside the event.
func (o *Operator) SkipEvent(ctx context.Context, consumer string, event outbox.EventID, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "operate.no_reason", "an event is left out for a reason only").WithRemedy("say it with --reason")
	}
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		return outbox.Skip(ctx, pool, o.clock, o.log, outbox.Skipping{Consumer: consumer, Event: event, Actor: o.actor, Reason: reason})
	})
}

// ForgetConsumer removes a consumer that no node runs any more. One that this version runs is refused:
// it would come back at its next look and take all kept events for new ones.
func (o *Operator) ForgetConsumer(ctx context.Context, consumer string) error {
	if slices.Contains(ownConsumers, consumer) {
		return fault.New(fault.Conflict, "operate.consumer_in_use", "this version runs the consumer %s; forgotten, it would handle all kept events once more", consumer).
			WithRemedy("find out why it does not go on: see the health page")
	}
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) error { return outbox.Forget(ctx, pool, o.log, consumer, o.actor) })
}

// RebaseOutbox lets the history of events go on in another database cluster and gives the shift of
// transaction numbers. Refused while a process runs on the own database; of an external one only the
// operator knows.
func (o *Operator) RebaseOutbox(ctx context.Context) (shift int64, err error) {
	if _, running := postgres.Running(o.cfg.DataDir); running && o.cfg.DatabaseURL == "" {
		return 0, fault.New(fault.Conflict, "operate.running", "yingda runs on %s", o.cfg.DataDir).WithRemedy("stop it first")
	}
	err = o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) (err error) {
			shift, err = outbox.Rebase(ctx, tx)
			return err
		})
	})
	if err == nil {
		o.log.Info("outbox rebased by an operator", "shift", shift, "actor", o.actor)
	}
	return shift, err
}

// ParkedTimers lists timers that were given up, at most limit, and tells whether there are more.
func (o *Operator) ParkedTimers(ctx context.Context, limit int) (list []timer.Timer, more bool, err error) {
	err = o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		kind, key := "", ""
		for len(list) <= limit {
			page, err := timer.Parked(ctx, pool, kind, key, limit+1-len(list))
			if err != nil || len(page) == 0 {
				return err
			}
			list = append(list, page...)
			kind, key = page[len(page)-1].Kind, page[len(page)-1].Key
		}
		return nil
	})
	return list[:min(limit, len(list))], len(list) > limit, err
}

// ReviveTimer lets a parked timer fire now, with all its attempts again.
func (o *Operator) ReviveTimer(ctx context.Context, kind, key string) error {
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		return timer.Revive(ctx, pool, o.clock, o.log, kind, key, o.actor)
	})
}

// RetryJob lets a job run now that was given up or waits for its next attempt.
func (o *Operator) RetryJob(ctx context.Context, id int64) error {
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) (err error) {
		client, err := jobs.New(jobs.Config{Pool: pool, Logger: o.log, Clock: o.clock, Node: o.cfg.Node})
		if err != nil {
			return err
		}
		if err := client.Start(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, client.Stop(context.WithoutCancel(ctx))) }()
		return client.Retry(ctx, id, o.actor)
	})
}
