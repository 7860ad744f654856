package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit/chain"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
)

// Condition says in one word how the seal is.
type Condition string

// The conditions.
const (
	Whole Condition = "whole" // sealed in time, and the last verification found nothing
	Late  Condition = "late"  // entries wait longer than they should
	Wrong Condition = "wrong" // the last verification found something
	Empty Condition = "empty" // nothing was ever written
)

// SealState is how the audit is sealed.
type SealState struct {
	Condition    Condition
	LastNumber   int64
	LastMadeAt   time.Time // zero without a batch
	LastHead     string
	KeyID        string
	PublicKey    string
	OldestWaits  time.Duration // how long the oldest entry that is not sealed waits; 0: none
	VerifiedAt   time.Time     // zero: never
	Verified     int64         // entries compared
	WrongThings  int64
	FirstWrong   string
	LastVerified int64 // number of the last batch that was compared
}

// State tells how the audit is sealed. Permission audit.seal.read.
func (s *Service) State(ctx context.Context) (SealState, error) {
	if _, err := actor.Allow(ctx, SealRead); err != nil {
		return SealState{}, err
	}
	q := db.New(s.cfg.Pool)
	last, err := lastBatch(ctx, q)
	if err != nil {
		return SealState{}, err
	}
	row, err := q.State(ctx)
	if err != nil {
		return SealState{}, fmt.Errorf("read the state of the audit: %w", err)
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return SealState{}, err
	}
	st := SealState{
		Condition: Whole, LastNumber: last.Number, KeyID: last.KeyID,
		Verified: row.VerifiedEntries, WrongThings: row.VerifiedWrong, FirstWrong: row.VerifiedText, LastVerified: row.VerifiedNumber,
	}
	if last.Number > 0 {
		st.LastMadeAt, st.LastHead = last.MadeAt, last.Head.String()
	}
	for _, k := range keys {
		if k.ID == last.KeyID {
			st.PublicKey = k.Public
		}
	}
	if row.VerifiedAt != nil {
		st.VerifiedAt = row.VerifiedAt.UTC()
	}
	oldest, err := q.OldestPending(ctx)
	switch {
	case err == nil:
		st.OldestWaits = max(0, s.cfg.Clock.Now().Sub(timeOf(oldest)))
	case !postgres.IsNoRows(err):
		return SealState{}, fmt.Errorf("read what waits to be sealed: %w", err)
	}
	switch {
	case st.WrongThings > 0:
		st.Condition = Wrong
	case st.OldestWaits > lateAfter:
		st.Condition = Late
	case last.Number == 0 && oldest == uuid.Nil:
		st.Condition = Empty
	}
	return st, nil
}

// ErrVerifying is returned while another verification runs.
var ErrVerifying = fault.New(fault.Conflict, "audit.verifying", "a verification is running").WithRemedy("wait for it; it takes some seconds per million entries")

const (
	// maxFindings bounds what one answer names; the number of all is told.
	maxFindings = 100
	// verifiedSpan is what the background verifies each day: about the last month.
	verifiedSpan  = 35 * 24 * time.Hour
	verifyEvery   = 24 * time.Hour
	verifyLook    = 10 * time.Minute
	verifyAtOnce  = 5 * time.Minute // after the start, so that a start does not begin with reading everything
	maxVerifyDays = 366
)

// VerifyNow verifies the last days (at most 366) and gives the first findings. Permission audit.seal.verify.
func (s *Service) VerifyNow(ctx context.Context, days int) (Verification, []chain.Finding, error) {
	if _, err := actor.Allow(ctx, SealVerify); err != nil {
		return Verification{}, nil, err
	}
	if days < 1 || days > maxVerifyDays {
		var f fault.Fields
		f.Add("body.days", "audit.bad_days", "is not 1 to 366")
		return Verification{}, nil, f.Err("audit.invalid_request", "the audit cannot be verified for that time")
	}
	found := []chain.Finding{}
	var v Verification
	err := s.alone(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		now := s.cfg.Clock.Now()
		v, err = s.Verify(ctx, VerifyOptions{Since: now.Add(-time.Duration(days) * 24 * time.Hour), Report: func(f chain.Finding) {
			if len(found) < maxFindings {
				found = append(found, f)
			}
		}})
		if err != nil {
			return err
		}
		return Write(ctx, tx, now, Entry{
			Action: "audit.seal.verify", Object: Object{Kind: "audit.batch", ID: fmt.Sprint(v.LastBatch)}, Centre: actor.From(ctx).Centre,
			Changes: []Change{{Field: "days", New: days}, {Field: "entries", New: v.Entries}, {Field: "wrong", New: v.Wrong}},
		})
	})
	return v, found, err
}

// alone runs fn unless another process verifies.
func (s *Service) alone(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		mine, err := db.New(tx).TryLock(ctx, db.TryLockParams{Class: lockClass, Name: lockCheck})
		if err != nil {
			return fmt.Errorf("lock the verification: %w", err)
		}
		if !mine {
			return ErrVerifying
		}
		return fn(ctx, tx)
	})
}

// Verifier verifies the last month once a day; of several processes one does it. A lifecycle.Service.
func (s *Service) Verifier() *lifecycle.Loop {
	return lifecycle.NewLoop("audit verifier", s.cfg.Logger, func(ctx context.Context) error {
		for pause := verifyAtOnce; ; pause = verifyLook {
			if err := clock.Sleep(ctx, s.cfg.Clock, pause); err != nil {
				return err
			}
			if err := s.verifyDue(ctx); err != nil && ctx.Err() == nil {
				s.cfg.Logger.Warn("the audit could not be verified", "error", err)
			}
		}
	})
}

// verifyDue verifies when the last verification is a day old.
func (s *Service) verifyDue(ctx context.Context) error {
	err := s.alone(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.cfg.Clock.Now()
		state, err := db.New(tx).State(ctx)
		if err != nil || state.VerifiedAt != nil && now.Sub(*state.VerifiedAt) < verifyEvery {
			return err
		}
		v, err := s.Verify(ctx, VerifyOptions{Since: now.Add(-verifiedSpan)})
		if err == nil && v.Wrong > 0 {
			s.cfg.Logger.Error("the audit does not verify; see yingda audit verify", "wrong", v.Wrong, "entries", v.Entries)
		}
		return err
	})
	if f, ok := fault.As(err); ok && f.Code == ErrVerifying.Code {
		return nil
	}
	return err
}
