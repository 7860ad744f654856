package organization

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

// maxEditions bounds what is read of one post's history.
const maxEditions = 200

// Descriptions gives the editions of a post, the newest first.
func (s *Service) Descriptions(ctx context.Context, post PostID) ([]Description, error) {
	if _, err := actor.Allow(ctx, PostRead); err != nil {
		return nil, err
	}
	if _, err := s.Post(ctx, post); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Descriptions(ctx, db.DescriptionsParams{PostID: post.UUID(), RowLimit: maxEditions})
	if err != nil {
		return nil, fmt.Errorf("list job descriptions: %w", err)
	}
	list := make([]Description, len(rows))
	for i, r := range rows {
		list[i] = descriptionOf(r)
	}
	return list, nil
}

// WriteDraft writes the post's draft, making one when there is none (then version is 0). Errors:
// [ErrNationOnly], [ErrNoPost], [ErrChangedMeanwhile], organization.post_closed,
// organization.invalid_description with the fields.
func (s *Service) WriteDraft(ctx context.Context, tx pgx.Tx, post PostID, version int, text DescriptionText) (Description, error) {
	if err := allowNation(ctx, PostEdit); err != nil {
		return Description{}, err
	}
	text, err := text.normalise(post)
	if err != nil {
		return Description{}, err
	}
	var d Description
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		p, err := lockPost(ctx, tx, post)
		if err != nil {
			return err
		}
		if p.State == Closed {
			return errPostClosed
		}
		if err := reportsToAPost(ctx, tx, text.ReportsTo); err != nil {
			return err
		}
		d, err = descriptionIn(ctx, tx, post, Draft)
		if fault.KindOf(err) == fault.NotFound && version == 0 {
			d, err = s.beginDraft(ctx, tx, p, text)
			return err
		}
		switch {
		case fault.KindOf(err) == fault.NotFound:
			return ErrNoDescription // issued or thrown away meanwhile
		case err != nil:
			return err
		case d.Version != version:
			return changedMeanwhile(d.label(p), d.UpdatedBy, d.UpdatedAt)
		}
		d, err = s.rewriteDraft(ctx, tx, p, d, text)
		return err
	})
	return d, err
}

func reportsToAPost(ctx context.Context, tx pgx.Tx, id PostID) error {
	if id.IsZero() {
		return nil
	}
	var f fault.Fields
	found, err := db.New(tx).PostsForShare(ctx, uuids([]PostID{id}))
	if err != nil {
		return fmt.Errorf("read the post above: %w", err)
	}
	f.Check(len(found) == 1 && found[0].State == string(Active), "body.reports_to", fieldUnknown, "is not a post in use")
	return f.Err("organization.invalid_description", "the job description cannot be saved as it is")
}

func (s *Service) beginDraft(ctx context.Context, tx pgx.Tx, p Post, text DescriptionText) (Description, error) {
	last, err := db.New(tx).LastEdition(ctx, p.ID.UUID())
	if err != nil {
		return Description{}, fmt.Errorf("number the job description: %w", err)
	}
	now := s.cfg.Clock.Now()
	d := Description{
		ID: ident.New[descriptionKind](), Post: p.ID, Edition: int(last) + 1, State: Draft, DescriptionText: text,
		Authors: withAuthor(nil, actor.From(ctx)), Version: 1, UpdatedBy: who(ctx), CreatedAt: now, UpdatedAt: now,
	}
	err = db.New(tx).InsertDraft(ctx, db.InsertDraftParams{
		ID: d.ID.UUID(), PostID: p.ID.UUID(), Edition: int32(d.Edition), Duties: text.Duties, Authority: text.Authority, Subordinates: text.Subordinates,
		Qualifications: text.Qualifications, ReportsTo: nullable(text.ReportsTo), Authors: d.Authors, UpdatedBy: d.UpdatedBy, Now: now,
	})
	if err != nil {
		return d, postError("make job description", err)
	}
	return d, s.recordDescription(ctx, tx, "job_description.draft", p, nil, &d, "")
}

func (s *Service) rewriteDraft(ctx context.Context, tx pgx.Tx, p Post, before Description, text DescriptionText) (Description, error) {
	d := before
	if d.DescriptionText == text {
		return d, nil
	}
	d.DescriptionText, d.Authors = text, withAuthor(before.Authors, actor.From(ctx))
	d.Version, d.UpdatedBy, d.UpdatedAt = d.Version+1, who(ctx), s.cfg.Clock.Now()
	err := db.New(tx).UpdateDraft(ctx, db.UpdateDraftParams{
		ID: d.ID.UUID(), Duties: text.Duties, Authority: text.Authority, Subordinates: text.Subordinates, Qualifications: text.Qualifications,
		ReportsTo: nullable(text.ReportsTo), Authors: d.Authors, UpdatedBy: d.UpdatedBy, Now: d.UpdatedAt,
	})
	if err != nil {
		return d, postError("write job description", err)
	}
	return d, s.recordDescription(ctx, tx, "job_description.draft", p, &before, &d, "")
}

// withAuthor adds whoever acts to the authors, by the name that stands in the row for good.
func withAuthor(authors []string, a *actor.Actor) []string {
	if key := authorOf(a); !slices.Contains(authors, key) {
		authors = append(slices.Clone(authors), key)
	}
	return authors
}

// authorOf names an actor among the authors: by staff number, which is one person's for life.
func authorOf(a *actor.Actor) string {
	if a.Number != "" {
		return a.Number
	}
	return a.Name
}

// DropDraft throws the draft away. Errors: [ErrNationOnly], [ErrNoPost], [ErrNoDescription],
// [ErrChangedMeanwhile].
func (s *Service) DropDraft(ctx context.Context, tx pgx.Tx, post PostID, version int) error {
	if err := allowNation(ctx, PostEdit); err != nil {
		return err
	}
	return s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		p, d, err := openDescription(ctx, tx, post, Draft, version)
		if err != nil {
			return err
		}
		if err := db.New(tx).DeleteDraft(ctx, d.ID.UUID()); err != nil {
			return fmt.Errorf("throw job description away: %w", err)
		}
		return s.recordDescription(ctx, tx, "job_description.drop", p, &d, nil, "")
	})
}

// IssueDraft approves the draft and issues it to the holders of the post; the edition before is withdrawn.
// Nobody issues what they wrote on themselves. Errors: [ErrNationOnly], [ErrOwnWork], [ErrNoDescription],
// [ErrChangedMeanwhile], organization.description_incomplete.
func (s *Service) IssueDraft(ctx context.Context, tx pgx.Tx, post PostID, version int, comment string) (Description, error) {
	if err := allowNation(ctx, PostIssue); err != nil {
		return Description{}, err
	}
	var after Description
	err := s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		p, before, err := openDescription(ctx, tx, post, Draft, version)
		if err != nil {
			return err
		}
		if slices.Contains(before.Authors, authorOf(actor.From(ctx))) {
			return ErrOwnWork
		}
		if err := before.complete(); err != nil {
			return err
		}
		now, by := s.cfg.Clock.Now(), who(ctx)
		after = before
		after.State, after.ApprovedBy, after.ApprovedAt, after.ReviewBy = Issued, by, &now, s.today().AddMonths(p.ReviewMonths)
		after.Version, after.UpdatedBy, after.UpdatedAt = before.Version+1, by, now
		q := db.New(tx)
		if err := q.WithdrawDescription(ctx, db.WithdrawDescriptionParams{PostID: post.UUID(), UpdatedBy: by, Now: now}); err != nil {
			return fmt.Errorf("withdraw the edition before: %w", err)
		}
		err = q.IssueDraft(ctx, db.IssueDraftParams{ID: before.ID.UUID(), UpdatedBy: by, Now: now, ReviewBy: dateOf(after.ReviewBy)})
		if err != nil {
			return postError("issue job description", err)
		}
		return s.recordDescription(ctx, tx, "job_description.issue", p, &before, &after, comment)
	})
	return after, err
}

// ConfirmReview notes that the issued edition was looked through and still stands; it is due again later.
func (s *Service) ConfirmReview(ctx context.Context, tx pgx.Tx, post PostID, version int) (Description, error) {
	if err := allowNation(ctx, PostIssue); err != nil {
		return Description{}, err
	}
	var after Description
	err := s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		p, before, err := openDescription(ctx, tx, post, Issued, version)
		if err != nil {
			return err
		}
		after = before
		after.ReviewBy = s.today().AddMonths(p.ReviewMonths)
		after.Version, after.UpdatedBy, after.UpdatedAt = before.Version+1, who(ctx), s.cfg.Clock.Now()
		err = db.New(tx).Reviewed(ctx, db.ReviewedParams{ID: before.ID.UUID(), ReviewBy: dateOf(after.ReviewBy), UpdatedBy: after.UpdatedBy, Now: after.UpdatedAt})
		if err != nil {
			return postError("note the review", err)
		}
		return s.recordDescription(ctx, tx, "job_description.review", p, &before, &after, "")
	})
	return after, err
}

// openDescription locks the post and gives its edition in the state, at the version.
func openDescription(ctx context.Context, tx pgx.Tx, post PostID, state DescriptionState, version int) (Post, Description, error) {
	p, err := lockPost(ctx, tx, post)
	if err != nil {
		return Post{}, Description{}, err
	}
	d, err := descriptionIn(ctx, tx, post, state)
	if err == nil && d.Version != version {
		err = changedMeanwhile(d.label(p), d.UpdatedBy, d.UpdatedAt)
	}
	return p, d, err
}

func (s *Service) recordDescription(ctx context.Context, tx pgx.Tx, act string, p Post, before, after *Description, reason string) error {
	d := after
	if d == nil {
		d = before
	}
	return s.record(ctx, tx, change{
		act: act, topic: TopicPost, id: p.ID.String(), label: d.label(p), reason: reason, changes: audit.Diff(before, after),
	})
}

// OwnDescription is the job description of whoever asks.
type OwnDescription struct {
	Post           Post
	Description    Description
	AcknowledgedAt time.Time // zero: not yet
}

// MyDescription gives the issued job description of the asker's post. Errors: organization.no_own_description.
func (s *Service) MyDescription(ctx context.Context) (OwnDescription, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return OwnDescription{}, err
	}
	q := db.New(s.cfg.Pool)
	me, err := s.own(ctx, s.cfg.Pool, a)
	if err != nil {
		return OwnDescription{}, err
	}
	var o OwnDescription
	row, err := q.PostByID(ctx, me.Post.UUID())
	if err != nil {
		return o, fmt.Errorf("read own post: %w", err)
	}
	o.Post = postOf(row)
	if o.Description, err = descriptionIn(ctx, s.cfg.Pool, me.Post, Issued); err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return o, errNoPostOfOwn
		}
		return o, err
	}
	o.AcknowledgedAt, err = acknowledgedAt(ctx, q, o.Description.ID, me.ID)
	return o, err
}
