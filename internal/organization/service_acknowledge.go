package organization

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// own gives the asker's own row; organization.no_own_description when the asker holds no post.
func (s *Service) own(ctx context.Context, q db.DBTX, a *actor.Actor) (Staff, error) {
	row, err := db.New(q).StaffByID(ctx, a.Staff)
	if postgres.IsNoRows(err) {
		return Staff{}, errNoPostOfOwn
	}
	if err != nil {
		return Staff{}, fmt.Errorf("read own staff row: %w", err)
	}
	me := staffOf(row)
	if a.Staff == uuid.Nil || me.Post.IsZero() {
		return Staff{}, errNoPostOfOwn
	}
	return me, nil
}

// acknowledgedAt tells when somebody acknowledged an edition; zero: not yet.
func acknowledgedAt(ctx context.Context, q *db.Queries, id DescriptionID, staff StaffID) (time.Time, error) {
	at, err := q.AcknowledgedAt(ctx, db.AcknowledgedAtParams{DescriptionID: id.UUID(), StaffID: staff.UUID()})
	if err != nil && !postgres.IsNoRows(err) {
		return time.Time{}, fmt.Errorf("read acknowledgement: %w", err)
	}
	return at.UTC(), nil
}

// Acknowledge notes that the asker has read the issued edition of the own post's description; a second time
// changes nothing. Errors: organization.no_own_description, organization.description_replaced when another
// edition was issued meanwhile.
func (s *Service) Acknowledge(ctx context.Context, tx pgx.Tx, id DescriptionID) (time.Time, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := s.cfg.Clock.Now()
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		me, err := s.own(ctx, tx, a)
		if err != nil {
			return err
		}
		q := db.New(tx)
		posts, err := q.PostsForShare(ctx, uuids([]PostID{me.Post})) // so that the edition is not replaced at this moment
		if err != nil || len(posts) == 0 {
			return fmt.Errorf("read own post: %w", err)
		}
		d, err := descriptionIn(ctx, tx, me.Post, Issued)
		if err != nil || d.ID != id {
			return errNotIssued
		}
		n, err := q.Acknowledge(ctx, db.AcknowledgeParams{DescriptionID: id.UUID(), StaffID: me.ID.UUID(), Now: now})
		if err != nil {
			return fmt.Errorf("write acknowledgement: %w", err)
		}
		if n == 0 {
			now, err = acknowledgedAt(ctx, q, id, me.ID)
			return err
		}
		return s.record(ctx, tx, change{act: "job_description.acknowledge", topic: TopicPost, id: me.Post.String(), label: fmt.Sprintf("%s %s, %d", posts[0].Code, posts[0].NameZh, d.Edition), centre: me.Centre.UUID()})
	})
	return now, err
}

// Acknowledgement is one holder of a post and when the issued edition was acknowledged.
type Acknowledgement struct {
	Staff  StaffID
	Number string
	Name   string
	Centre CentreID
	State  StaffState
	At     *time.Time // nil: not yet
}

// Acknowledgements lists the holders of a post within the asker's scope by number; with missing only those who
// have not acknowledged yet.
func (s *Service) Acknowledgements(ctx context.Context, post PostID, missing bool, after string, limit int32) ([]Acknowledgement, error) {
	scope, err := actor.Allow(ctx, StaffRead)
	if err != nil {
		return nil, err
	}
	if _, err := s.Post(ctx, post); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Acknowledgements(ctx, db.AcknowledgementsParams{
		PostID: post.UUID(), AfterNumber: after, National: scope.IsNational(), Centres: scope.Centres(), Missing: missing, RowLimit: orDefault(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list acknowledgements: %w", err)
	}
	list := make([]Acknowledgement, len(rows))
	for i, r := range rows {
		list[i] = Acknowledgement{
			Staff: ident.From[staffKind](r.ID), Number: r.Number, Name: r.Name, Centre: ident.From[centreKind](r.CentreID), State: StaffState(r.State), At: r.At,
		}
	}
	return list, nil
}
