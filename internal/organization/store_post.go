package organization

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

func postOf(r db.OrganizationPost) Post {
	return Post{
		ID: ident.From[postKind](r.ID), Code: r.Code, NameZH: r.NameZh, NameEN: r.NameEn, Class: PostClass(r.Class), ReviewMonths: int(r.ReviewMonths),
		State: State(r.State), Version: int(r.Version), UpdatedBy: r.UpdatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

func descriptionOf(r db.DescriptionsRow) Description {
	return Description{
		ID: ident.From[descriptionKind](r.ID), Post: ident.From[postKind](r.PostID), Edition: int(r.Edition), State: DescriptionState(r.State),
		DescriptionText: DescriptionText{
			Duties: r.Duties, Authority: r.Authority, Subordinates: r.Subordinates, Qualifications: r.Qualifications,
			ReportsTo: ident.From[postKind](r.ReportsTo.UUID),
		},
		Authors: r.Authors, ApprovedBy: r.ApprovedBy, ApprovedAt: r.ApprovedAt, ReviewBy: dayOf(r.ReviewBy), WithdrawnAt: r.WithdrawnAt,
		Version: int(r.Version), UpdatedBy: r.UpdatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		ReportsToCode: r.ReportsToCode, ReportsToZH: r.ReportsToZh, ReportsToEN: r.ReportsToEn,
	}
}

// lockPost reads a post and keeps others from changing it and its descriptions until tx ends.
func lockPost(ctx context.Context, tx pgx.Tx, id PostID) (Post, error) {
	row, err := db.New(tx).PostForUpdate(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Post{}, ErrNoPost
	}
	if err != nil {
		return Post{}, fmt.Errorf("read post: %w", err)
	}
	return postOf(row), nil
}

// descriptionIn gives the edition of a post that is in a state; [ErrNoDescription] when none is. The post is locked
// or nothing is written.
func descriptionIn(ctx context.Context, q db.DBTX, post PostID, state DescriptionState) (Description, error) {
	rows, err := db.New(q).Descriptions(ctx, db.DescriptionsParams{PostID: post.UUID(), State: string(state), RowLimit: 1})
	if err != nil {
		return Description{}, fmt.Errorf("read job description: %w", err)
	}
	if len(rows) == 0 {
		return Description{}, ErrNoDescription
	}
	return descriptionOf(rows[0]), nil
}

func postError(doing string, err error) error {
	switch postgres.ConstraintName(err) {
	case "post_code_key":
		return errPostCode.WithCause(err)
	case "job_description_reports_to_fkey":
		return ErrNoPost.WithCause(err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
