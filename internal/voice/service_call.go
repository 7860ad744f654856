package voice

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/internal/db"
)

// ListCalls gives legs that ended, of centres in the asker's scope, the newest first.
func (s *Service) ListCalls(ctx context.Context, f CallFilter) ([]Call, error) {
	scope, err := actor.Allow(ctx, CallRead)
	if err != nil {
		return nil, err
	}
	p := db.ListCallsParams{
		National: scope.IsNational(), Centres: scope.Centres(), Direction: string(f.Direction), Result: string(f.Result), Grade: string(f.Grade),
		Trunk: f.Trunk.UUID(), Phone: f.Phone.UUID(), Since: f.Since, RowLimit: limit(f.Limit),
		// Later than any call that can be: the list begins at the newest.
		BeforeAt: s.cfg.Clock.Now().Add(24 * time.Hour), BeforeID: uuid.Max,
	}
	if f.Before != nil {
		p.BeforeAt, p.BeforeID = f.Before.At, f.Before.ID.UUID()
	}
	if text := strings.TrimSpace(f.Number); text != "" {
		raw, normal := normalCalled(text)
		p.ByNumber, p.Plain = true, raw
		if p.Macs, err = s.cfg.Ring.MACs(purposeNumber, []byte(normal)); err != nil {
			return nil, fmt.Errorf("hash a number: %w", err)
		}
	}
	rows, err := db.New(s.cfg.Pool).ListCalls(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	list := make([]Call, len(rows))
	for i, r := range rows {
		if list[i], err = callOf(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// GetCall gives one leg that ended. Errors: [ErrNoCall].
func (s *Service) GetCall(ctx context.Context, id CallID) (Call, error) {
	scope, err := actor.Allow(ctx, CallRead)
	if err != nil {
		return Call{}, err
	}
	return s.visibleCall(ctx, scope, id)
}

// CallLadder gives the SIP messages of a leg that ended, numbers masked: as they were kept, or as its node still has
// them. Errors: [ErrNoCall], [ErrNoLadder].
func (s *Service) CallLadder(ctx context.Context, id CallID) ([]Message, error) {
	scope, err := actor.Allow(ctx, CallRead)
	if err != nil {
		return nil, err
	}
	c, err := s.visibleCall(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	if !c.HasLadder {
		a, err := s.askNode(ctx, c.Node, "ladder", ask{Call: id})
		if err != nil || !a.Found {
			return nil, ErrNoLadder
		}
		return a.Ladder, nil
	}
	raw, err := db.New(s.cfg.Pool).GetLadder(ctx, id.UUID())
	if err != nil {
		return nil, fmt.Errorf("read the ladder of a call: %w", err)
	}
	var list []Message
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("read the ladder of a call: %w", err)
	}
	return list, nil
}

func (s *Service) visibleCall(ctx context.Context, scope actor.Scope, id CallID) (Call, error) {
	r, err := db.New(s.cfg.Pool).GetCall(ctx, db.GetCallParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		return Call{}, ErrNoCall
	}
	if err != nil {
		return Call{}, fmt.Errorf("read call: %w", err)
	}
	c, err := callOf(db.VoiceCall{
		ID: r.ID, Conversation: r.Conversation, Direction: r.Direction, StartedAt: r.StartedAt, AnsweredAt: r.AnsweredAt, EndedAt: r.EndedAt,
		Caller: r.Caller, Called: r.Called, TrunkID: r.TrunkID, TrunkName: r.TrunkName, PhoneID: r.PhoneID, PhoneNumber: r.PhoneNumber,
		CentreID: r.CentreID, Act: r.Act, Result: r.Result, Side: r.Side, Reason: r.Reason, SipStatus: r.SipStatus, Q850: r.Q850, Codec: r.Codec,
		Grade: r.Grade, Quality: r.Quality, Recorded: r.Recorded, Node: r.Node, SipCallID: r.SipCallID,
	})
	c.HasLadder = r.HasLadder
	return c, err
}

func callOf(r db.VoiceCall) (Call, error) {
	c := Call{
		ID: ident.From[callKind](r.ID), Conversation: r.Conversation, Direction: Direction(r.Direction), Started: r.StartedAt.UTC(), Answered: utc(r.AnsweredAt),
		Ended: r.EndedAt.UTC(), Caller: r.Caller, Called: r.Called, TrunkName: r.TrunkName, PhoneNumber: r.PhoneNumber, Act: Act(r.Act), Codec: r.Codec,
		Ending:   ending.Ending{Result: ending.Result(r.Result), Side: ending.Side(r.Side), Reason: ending.Reason(r.Reason), SIP: int(r.SipStatus), Q850: int(r.Q850)},
		Recorded: r.Recorded, Node: r.Node, SIPCallID: r.SipCallID,
	}
	if r.TrunkID.Valid {
		c.Trunk = ident.From[trunkKind](r.TrunkID.UUID)
	}
	if r.PhoneID.Valid {
		c.Phone = ident.From[phoneKind](r.PhoneID.UUID)
	}
	if r.CentreID.Valid {
		c.Centre = r.CentreID.UUID
	}
	if err := json.Unmarshal(r.Quality, &c.Quality); err != nil {
		return Call{}, fmt.Errorf("read the quality of a call: %w", err)
	}
	if c.Answered != nil {
		c.Verdict = Judge(c.Quality)
	}
	return c, nil
}
