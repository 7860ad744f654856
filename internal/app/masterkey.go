package app

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/audit"
	"yingda/internal/identity"
	"yingda/internal/interaction"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/webhook"
	"yingda/internal/voice"
	"yingda/internal/voice/recording"
)

// Rewrapped says what was sealed again under the active version of the master key.
type Rewrapped struct {
	Active     uint32 // that version
	Messages   int    // sealed values, two per message
	Webhooks   int    // sealed values, one or two per webhook
	Accounts   int    // second factors
	Audit      int    // signing keys
	Recordings int    // keys and customers' numbers
	Voice      int    // of phones and trunks
	Contacts   int    // callers and notes
}

// ProgressFunc is told how many values of a part ("messages", "webhooks", "audit") are sealed again so far.
type ProgressFunc func(part string, values int)

// AddKey appends a new version to the key file and touches nothing else, for installations whose nodes
// hold copies of the file: each needs the new one before anything is sealed under it.
func (o *Operator) AddKey(ctx context.Context) (version uint32, file string, err error) {
	file, err = o.keyFile()
	if err != nil {
		return 0, "", err
	}
	version, err = secret.AddVersion(ctx, file, o.clock)
	if err == nil {
		o.log.Info("master key version added by an operator", "version", version, "file", file, "actor", o.actor)
	}
	return version, file, err
}

// keyFile is the file to which a version can be added.
func (o *Operator) keyFile() (string, error) {
	kind, path, _ := strings.Cut(o.cfg.Secret.Key, ":")
	switch {
	case kind == "" || o.cfg.Secret.Key == "file":
		return secret.DefaultFile(o.keyDir()), nil
	case kind == "file":
		return path, nil
	}
	return "", fault.New(fault.Invalid, "operate.key_elsewhere", "the master key comes from %s, where this program cannot add a version", kind).
		WithRemedy("add a version there, as a further line of the ring, then run `yingda secret rotate --rewrap`")
}

func (o *Operator) keyDir() string { return filepath.Join(o.cfg.DataDir, "secret") }

// RotateKey adds a version to the key file and seals everything again under it.
func (o *Operator) RotateKey(ctx context.Context, progress ProgressFunc) (done Rewrapped, err error) {
	err = o.onKeys(ctx, func(pool *pgxpool.Pool, ring *secret.Ring) error {
		if _, _, err := o.AddKey(ctx); err != nil { // only now: the database answers and the key is its own
			return err
		}
		if err := ring.Reload(ctx); err != nil {
			return err
		}
		if err := secret.Confirm(ctx, pool, ring, o.clock); err != nil {
			return err
		}
		done, err = o.rewrap(ctx, pool, ring, progress)
		return err
	})
	return done, err
}

// RewrapKeys seals everything again that is not under the newest version, as after a rotation that was
// cut off or a version that was added elsewhere.
func (o *Operator) RewrapKeys(ctx context.Context, progress ProgressFunc) (done Rewrapped, err error) {
	err = o.onKeys(ctx, func(pool *pgxpool.Pool, ring *secret.Ring) (err error) {
		done, err = o.rewrap(ctx, pool, ring, progress)
		return err
	})
	return done, err
}

// ForgetKey seals again what is still under older versions, then strikes one of them from the database,
// after which it may be taken out of the key's source.
func (o *Operator) ForgetKey(ctx context.Context, version uint32, progress ProgressFunc) (done Rewrapped, err error) {
	err = o.onKeys(ctx, func(pool *pgxpool.Pool, ring *secret.Ring) (err error) {
		if done, err = o.rewrap(ctx, pool, ring, progress); err != nil {
			return err
		}
		return secret.ForgetVersion(ctx, pool, ring, version)
	})
	if err == nil {
		o.log.Info("master key version forgotten by an operator", "version", version, "actor", o.actor)
	}
	return done, err
}

// onKeys gives the database with its key ring. A missing key is never made here.
func (o *Operator) onKeys(ctx context.Context, do func(*pgxpool.Pool, *secret.Ring) error) error {
	return o.onDatabase(ctx, func(pool *pgxpool.Pool) error {
		ring, err := secret.Load(ctx, secret.Config{
			Dir: o.keyDir(), Source: o.cfg.Secret.Key, Clock: o.clock, Logger: o.log,
			SealedDataExist: func(context.Context) (bool, error) { return true, nil },
		})
		if err != nil {
			return err
		}
		if err := secret.Confirm(ctx, pool, ring, o.clock); err != nil {
			return err
		}
		return do(pool, ring)
	})
}

// rewrap goes through every package that seals rows; one that is left out here would lose its values
// when a version is taken out.
func (o *Operator) rewrap(ctx context.Context, pool *pgxpool.Pool, ring *secret.Ring, progress ProgressFunc) (Rewrapped, error) {
	done := Rewrapped{Active: ring.Active()}
	part := func(name string) func(int) { return func(values int) { progress(name, values) } }
	messages, err := notify.New(notify.Config{Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log})
	if err != nil {
		return done, err
	}
	if done.Messages, err = messages.Rewrap(ctx, part("messages")); err != nil {
		return done, err
	}
	hooks := webhook.New(webhook.Config{Pool: pool, Ring: ring, Topics: notify.Topics(), Clock: o.clock, Logger: o.log})
	if done.Webhooks, err = hooks.Rewrap(ctx, part("webhooks")); err != nil {
		return done, err
	}
	if done.Audit, err = audit.New(audit.Config{Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log}).Rewrap(ctx, part("audit")); err != nil {
		return done, err
	}
	accounts, err := identity.New(identity.Config{
		Pool: pool, Ring: ring, Organization: organization.New(organization.Config{Pool: pool, Clock: o.clock, Logger: o.log}), Clock: o.clock, Logger: o.log,
	})
	if err != nil {
		return done, err
	}
	if done.Accounts, err = accounts.Rewrap(ctx, part("accounts")); err != nil {
		return done, err
	}
	recordings := recording.NewService(recording.Config{Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log})
	if done.Recordings, err = recordings.Rewrap(ctx, part("recordings")); err != nil {
		return done, err
	}
	if done.Voice, err = voice.New(voice.Config{Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log}).Rewrap(ctx, part("voice")); err != nil {
		return done, err
	}
	if done.Contacts, err = interaction.New(interaction.Config{Pool: pool, Ring: ring, Clock: o.clock, Logger: o.log}).Rewrap(ctx, part("contacts")); err != nil {
		return done, err
	}
	o.log.Info("values sealed again by an operator", "version", done.Active, "messages", done.Messages, "webhooks", done.Webhooks, "accounts", done.Accounts,
		"audit", done.Audit, "recordings", done.Recordings, "voice", done.Voice, "contacts", done.Contacts, "actor", o.actor)
	return done, nil
}
