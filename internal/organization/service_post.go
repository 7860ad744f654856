package organization

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// PostItem is one line of the list of posts.
type PostItem struct {
	ID           PostID
	Code         string
	NameZH       string
	NameEN       string
	Class        PostClass
	ReviewMonths int
	State        State
	Version      int
	IssuedOf     int // edition; 0: none is issued
	IssuedAt     *time.Time
	ReviewBy     Day
	Due          bool // the review is overdue, or nothing is issued although the post is in use
	DraftOf      int  // edition; 0: none
	Holders      int  // who have not left, in the asker's scope
	Acknowledged int  // of them, the issued edition
}

// PostFilter selects posts; zero values select all.
type PostFilter struct {
	Class PostClass
	State State
	Due   bool   // only those whose description is due for review or missing
	After string // code
	Limit int32
}

// Posts lists posts by code. Holders and acknowledgements are counted within the asker's scope.
func (s *Service) Posts(ctx context.Context, fl PostFilter) ([]PostItem, error) {
	scope, err := actor.Allow(ctx, PostRead)
	if err != nil {
		return nil, err
	}
	today := s.today()
	rows, err := db.New(s.cfg.Pool).Posts(ctx, db.PostsParams{
		National: scope.IsNational(), Centres: scope.Centres(), AfterCode: fl.After, Class: string(fl.Class), State: string(fl.State),
		Due: fl.Due, Today: dateOf(today), RowLimit: orDefault(fl.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list posts: %w", err)
	}
	list := make([]PostItem, len(rows))
	for i, r := range rows {
		p := PostItem{
			ID: ident.From[postKind](r.ID), Code: r.Code, NameZH: r.NameZh, NameEN: r.NameEn, Class: PostClass(r.Class), ReviewMonths: int(r.ReviewMonths),
			State: State(r.State), Version: int(r.Version), IssuedOf: number(r.IssuedEdition), IssuedAt: r.IssuedAt, ReviewBy: dayOf(r.ReviewBy),
			DraftOf: number(r.DraftEdition), Holders: int(r.Holders), Acknowledged: int(r.Acknowledged),
		}
		p.Due = p.State == Active && (p.IssuedOf == 0 || p.ReviewBy < today)
		list[i] = p
	}
	return list, nil
}

func number(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}

func orDefault(limit int32) int32 {
	if limit <= 0 {
		return 50
	}
	return limit
}

// Post gives one post.
func (s *Service) Post(ctx context.Context, id PostID) (Post, error) {
	if _, err := actor.Allow(ctx, PostRead); err != nil {
		return Post{}, err
	}
	row, err := db.New(s.cfg.Pool).PostByID(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Post{}, ErrNoPost
	}
	if err != nil {
		return Post{}, fmt.Errorf("read post: %w", err)
	}
	return postOf(row), nil
}

// allowNation is [actor.Allow] for what is the same everywhere: the permission must be held for the nation.
func allowNation(ctx context.Context, p actor.Permission) error {
	scope, err := actor.Allow(ctx, p)
	if err != nil {
		return err
	}
	if !scope.IsNational() {
		return ErrNationOnly
	}
	return nil
}

// CreatePost makes a post. Errors: [ErrNationOnly], organization.invalid_post with the fields,
// organization.post_code_taken.
func (s *Service) CreatePost(ctx context.Context, tx pgx.Tx, n NewPost) (Post, error) {
	if err := allowNation(ctx, PostEdit); err != nil {
		return Post{}, err
	}
	n, err := n.normalise()
	if err != nil {
		return Post{}, err
	}
	now := s.cfg.Clock.Now()
	p := Post{
		ID: ident.New[postKind](), Code: n.Code, NameZH: n.NameZH, NameEN: n.NameEN, Class: n.Class, ReviewMonths: n.ReviewMonths,
		State: Active, Version: 1, UpdatedBy: who(ctx), CreatedAt: now, UpdatedAt: now,
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		err := db.New(tx).InsertPost(ctx, db.InsertPostParams{
			ID: p.ID.UUID(), Code: p.Code, NameZh: p.NameZH, NameEn: p.NameEN, Class: string(p.Class), ReviewMonths: int32(p.ReviewMonths),
			UpdatedBy: p.UpdatedBy, Now: now,
		})
		if err != nil {
			return postError("make post", err)
		}
		return s.record(ctx, tx, change{act: "post.create", topic: TopicPost, id: p.ID.String(), label: p.Label(), changes: audit.Diff(nil, p)})
	})
	return p, err
}

// UpdatePost changes, closes or opens a post. A post that is held is not closed. Errors: [ErrNationOnly],
// [ErrNoPost], [ErrChangedMeanwhile], organization.post_in_use, organization.invalid_post with the fields.
func (s *Service) UpdatePost(ctx context.Context, tx pgx.Tx, id PostID, u PostUpdate) (Post, error) {
	if err := allowNation(ctx, PostEdit); err != nil {
		return Post{}, err
	}
	u, err := u.normalise()
	if err != nil {
		return Post{}, err
	}
	var after Post
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		before, err := lockPost(ctx, tx, id)
		if err != nil {
			return err
		}
		if u.Version != before.Version {
			return changedMeanwhile(before.Label(), before.UpdatedBy, before.UpdatedAt)
		}
		after = before
		after.NameZH, after.NameEN, after.Class, after.ReviewMonths, after.State = u.NameZH, u.NameEN, u.Class, u.ReviewMonths, u.State
		if after == before {
			return nil
		}
		if err := unheld(ctx, tx, before, after); err != nil {
			return err
		}
		after.Version, after.UpdatedBy, after.UpdatedAt = before.Version+1, who(ctx), s.cfg.Clock.Now()
		err = db.New(tx).UpdatePost(ctx, db.UpdatePostParams{
			ID: id.UUID(), NameZh: u.NameZH, NameEn: u.NameEN, Class: string(u.Class), ReviewMonths: int32(u.ReviewMonths), State: string(u.State),
			UpdatedBy: after.UpdatedBy, Now: after.UpdatedAt,
		})
		if err != nil {
			return postError("write post", err)
		}
		return s.record(ctx, tx, change{act: "post.update", topic: TopicPost, id: id.String(), label: after.Label(), changes: audit.Diff(before, after)})
	})
	return after, err
}

// unheld refuses to close a post that somebody holds.
func unheld(ctx context.Context, tx pgx.Tx, before, after Post) error {
	if after.State != Closed || before.State == Closed {
		return nil
	}
	n, err := db.New(tx).PostHolders(ctx, before.ID.UUID())
	if err != nil {
		return fmt.Errorf("count the holders of the post: %w", err)
	}
	if n > 0 {
		return fault.New(fault.Conflict, errPostInUse.Code, "%d people hold the post", n).WithRemedy("%s", errPostInUse.Remedy)
	}
	return nil
}
