package recording

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/setting"
)

// Config is what the service needs. Pool, Ring and Blobs are required; Spool where calls are recorded.
type Config struct {
	Pool     *pgxpool.Pool
	Ring     *secret.Ring
	Blobs    blob.Store
	Archive  blob.Store     // where old recordings move; nil: nowhere
	Settings setting.Reader // nil: the built-in values
	Spool    string         // private directory of this process; on a disk that keeps up, not a network drive
	Node     string
	Clock    clock.Clock
	Logger   *slog.Logger
	// Every is how often what is in memory is written to the spool; default 1 s. So much is lost by kill -9.
	Every time.Duration
}

// Service records calls and keeps recordings. Its methods are safe for concurrent use.
type Service struct {
	cfg   Config
	spool *spool
	plays plays

	sweeping sync.Mutex // one sweep at a time in this process
}

// NewService makes the service. It records between Start and Stop of [Service.Recording].
func NewService(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.Every = cmp.Or(cfg.Every, time.Second)
	s := &Service{cfg: cfg}
	s.plays.heard = map[hearing]time.Time{}
	s.spool = newSpool(spoolConfig{
		Dir: cfg.Spool, Node: cfg.Node, Every: cfg.Every, Ring: cfg.Ring, Clock: cfg.Clock, Logger: cfg.Logger, Shelve: s.shelve,
	})
	return s
}

// Recording is what writes calls down and stores them: for processes with the role voice. Stopped, it ends the
// recordings that still run; what is not stored then is stored at the next start.
func (s *Service) Recording() lifecycle.Service { return s.spool }

// Limits of what is written beside the audio.
const (
	maxLabels = 20
	maxLabel  = 200
	maxPhone  = 40
)

// Begin starts the recording of a call. It does no I/O and asks nobody, so it may stand in the path of a call; the
// recorder is then tapped into the media legs. Finish it in any case. Errors: [ErrNotRunning],
// voice.invalid_recording.
//
// Unchecked: the call itself is recorded; who may hear it is asked when somebody does.
func (s *Service) Begin(_ context.Context, start Start) (*Recorder, error) {
	var fields []fault.Field
	wrong := func(ok bool, field, code, message string) {
		if !ok {
			fields = append(fields, fault.Field{Location: field, Code: code, Message: message})
		}
	}
	wrong(start.Call != [16]byte{}, "call", "required", "a recording belongs to a call")
	wrong(start.Direction == "" || start.Direction == Inbound || start.Direction == Outbound || start.Direction == Internal, "direction", "unknown", "there is no such direction")
	wrong(len(start.Labels) <= maxLabels, "labels", "too_many", "a recording has at most 20 labels")
	if len(fields) > 0 {
		return nil, fault.New(fault.Invalid, "voice.invalid_recording", "the recording cannot begin").WithFields(fields...)
	}
	h := s.headOf(start)
	if h.Began.IsZero() {
		h.Began = s.cfg.Clock.Now()
	}
	return s.spool.begin(h)
}

// headOf is what a journal begins with; texts are cut to what a row takes.
func (s *Service) headOf(start Start) head {
	labels := make(map[string]string, len(start.Labels))
	for k, v := range start.Labels {
		labels[cut(k, maxLabel)] = cut(v, maxLabel)
	}
	return head{
		Call: start.Call, Centre: start.Centre.UUID(), Direction: start.Direction, Customer: cut(start.Customer.Plain(), maxPhone),
		Line: cut(start.Line, 64), Staff: start.Staff, StaffNumber: cut(start.StaffNumber, 64), Labels: labels, Began: start.Began, Node: s.cfg.Node,
	}
}

// Settle waits until everything that has been finished in this process is stored.
//
// Unchecked: it tells nothing.
func (s *Service) Settle(ctx context.Context) error { return s.spool.settle(ctx) }

// cut keeps so many bytes of valid text.
func cut(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	for len(text) > most {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}

// note writes the audit entry of an act on a recording.
func (s *Service) note(ctx context.Context, tx pgx.Tx, act string, r Recording, reason string, changes ...audit.Change) error {
	return audit.Write(ctx, tx, s.cfg.Clock.Now(), audit.Entry{
		Action: act, Object: audit.Object{Kind: "voice.recording", ID: r.ID.String(), Label: r.Began.UTC().Format(time.RFC3339)},
		Centre: r.Centre.UUID(), Reason: reason, Changes: changes,
	})
}

// Get gives one recording. Errors: [ErrNoRecording].
func (s *Service) Get(ctx context.Context, id ID) (Recording, error) {
	scope, err := actor.Allow(ctx, Read)
	if err != nil {
		return Recording{}, err
	}
	r, err := getRecording(ctx, s.cfg.Pool, scope, id)
	return r.Recording, err
}

// SetHold keeps a recording whatever the rules say, or releases it. version is the one that the decision is based on.
// Errors: [ErrNoRecording], [ErrErased], [ErrChangedMeanwhile], voice.invalid_hold.
func (s *Service) SetHold(ctx context.Context, id ID, version int, on bool, reason string) (Recording, error) {
	scope, err := actor.Allow(ctx, KeepHeld)
	if err != nil {
		return Recording{}, err
	}
	if reason, err = needed(reason, "voice.invalid_hold"); err != nil {
		return Recording{}, err
	}
	var r stored
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if r, err = lockRecording(ctx, tx, scope, id); err != nil {
			return err
		}
		switch {
		case r.State == Erased:
			return ErrErased
		case r.Version != version:
			return ErrChangedMeanwhile
		case r.Hold.On == on:
			return nil
		}
		now := s.cfg.Clock.Now()
		hold := Hold{On: on, Reason: reason, By: who(ctx), At: &now}
		if err := setHold(ctx, tx, id, version, hold); err != nil {
			return err
		}
		act := "voice.recording.hold"
		if !on {
			act, hold = "voice.recording.release", Hold{}
		}
		r.Hold = hold
		r.Version++
		return s.note(ctx, tx, act, r.Recording, reason)
	})
	return r.Recording, err
}

// Erase forgets the key of a recording; nothing brings its audio back. What remains says that there was one.
// Errors: [ErrNoRecording], [ErrErased], [ErrOnHold], [ErrChangedMeanwhile], voice.invalid_erasure.
func (s *Service) Erase(ctx context.Context, id ID, version int, reason string) error {
	scope, err := actor.Allow(ctx, Erase)
	if err != nil {
		return err
	}
	if reason, err = needed(reason, "voice.invalid_erasure"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lockRecording(ctx, tx, scope, id)
		switch {
		case err != nil:
			return err
		case r.State == Erased:
			return ErrErased
		case r.Hold.On:
			return ErrOnHold
		case r.Version != version:
			return ErrChangedMeanwhile
		}
		if err := eraseRecording(ctx, tx, id, s.cfg.Clock.Now(), ByRequest, who(ctx)); err != nil {
			return err
		}
		return s.note(ctx, tx, "voice.recording.erase", r.Recording, reason)
	})
}

// needed checks the reason that people must give.
func needed(reason, code string) (string, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < 2 || n > 500 {
		return "", fault.New(fault.Invalid, code, "a reason is needed").
			WithFields(fault.Field{Location: "body.reason", Code: "required", Message: "say why, in 2 to 500 characters"})
	}
	return reason, nil
}

// who names the actor for the row that is changed, as colleagues are shown it.
func who(ctx context.Context) string {
	a := actor.From(ctx)
	if a == nil {
		return ""
	}
	return strings.TrimSpace(a.Number + " " + a.Name)
}

func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
