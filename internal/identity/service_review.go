package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/timer"
)

// Kinds of timers; they never change.
const (
	timerReviewSoon = "identity.review_soon" // three days before the end
	timerReviewDue  = "identity.review_due"  // at the end, and every day after it
)

const (
	remindBefore = 3 * 24 * time.Hour
	remindAgain  = 24 * time.Hour
	longestName  = 100
)

// NewCampaign says what is to be reviewed until when.
type NewCampaign struct {
	Name   string
	Centre uuid.UUID // with everything below it
	Team   uuid.UUID // only this team; none: all
	Roles  []string  // codes; empty: all
	DueAt  time.Time
}

// OpenCampaign takes down who holds what now and gives each person's roles to a reviewer who is somebody else. Whoever
// opens it must hold [ReviewManage] for all of the centre.
func (s *ControlService) OpenCampaign(ctx context.Context, n NewCampaign) (CampaignID, error) {
	scope, err := actor.Allow(ctx, ReviewManage)
	if err != nil {
		return CampaignID{}, err
	}
	tree, err := s.identity.cfg.Organization.Tree(ctx)
	if err != nil {
		return CampaignID{}, err
	}
	if n, err = s.checkCampaign(ctx, n, scope, tree); err != nil {
		return CampaignID{}, err
	}
	id := ident.New[campaignKind]()
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		err := q.InsertCampaign(ctx, controldb.InsertCampaignParams{
			ID: id.UUID(), Name: n.Name, CentreID: n.Centre, TeamID: optional(n.Team), Roles: texts(n.Roles), DueAt: n.DueAt, OpenedBy: who(ctx), Now: s.clock.Now(),
		})
		if postgres.ConstraintName(err) == "review_campaign_team_fkey" {
			return fault.New(fault.Invalid, "identity.invalid_review", "the review is not complete").
				WithFields(fault.Field{Location: "body.team_id", Code: "unknown", Message: "there is no such team"})
		}
		if err != nil {
			return fmt.Errorf("write review: %w", err)
		}
		items, err := s.takeDown(ctx, q, id, n, tree)
		if err != nil {
			return err
		}
		if items == 0 {
			return fault.New(fault.Invalid, "identity.nothing_to_review", "nobody there holds such a role").WithRemedy("choose another centre, team or role")
		}
		if err := timer.Set(ctx, tx, s.reviewTimers(id, n.DueAt)...); err != nil {
			return err
		}
		return s.tellReview(ctx, tx, id, n.Name, n.Centre, "open", "", audit.Change{Field: "items", New: items}, audit.Change{Field: "due_at", New: n.DueAt})
	})
	return id, err
}

func (s *ControlService) reviewTimers(id CampaignID, due time.Time) []timer.Timer {
	list := []timer.Timer{{Kind: timerReviewDue, Key: id.String(), DueAt: due}}
	if soon := due.Add(-remindBefore); soon.After(s.clock.Now()) {
		list = append(list, timer.Timer{Kind: timerReviewSoon, Key: id.String(), DueAt: soon})
	}
	return list
}

func (s *ControlService) tellReview(ctx context.Context, tx pgx.Tx, id CampaignID, name string, centre uuid.UUID, act, reason string, changes ...audit.Change) error {
	return s.write(ctx, tx, TopicReview, id.String(), audit.Entry{
		Action: "identity.review." + act, Object: audit.Object{Kind: "identity.review", ID: id.String(), Label: name}, Centre: centre, Reason: reason, Changes: changes,
	})
}

func (s *ControlService) checkCampaign(ctx context.Context, n NewCampaign, scope actor.Scope, tree *organization.Tree) (NewCampaign, error) {
	var f fault.Fields
	n.Name = freeText(&f, "body.name", n.Name, true, longestName)
	centre, there := tree.Centre(centreID(n.Centre))
	f.Check(there && tree.Scope(centre.ID).Within(scope), "body.centre_id", "unknown", "there is no such centre in your area")
	f.Check(n.DueAt.After(s.clock.Now()), "body.due_at", "past", "must be later than now")
	known, err := s.knownRoles(ctx, controldb.New(s.pool), texts(n.Roles))
	if err != nil {
		return n, err
	}
	for _, r := range n.Roles {
		f.Check(known(r), "body.roles", "unknown", "there is no such role")
	}
	return n, f.Err("identity.invalid_review", "the review is not complete")
}

// takeDown writes sheets and items; it gives the number of items.
func (s *ControlService) takeDown(ctx context.Context, q *controldb.Queries, id CampaignID, n NewCampaign, tree *organization.Tree) (int, error) {
	now := s.clock.Now()
	var below []uuid.UUID
	for _, c := range tree.Below(centreID(n.Centre)) {
		below = append(below, c.UUID())
	}
	rows, err := q.ReviewSubjects(ctx, controldb.ReviewSubjectsParams{Now: &now, Centres: below, TeamID: optional(n.Team), Roles: texts(n.Roles)})
	if err != nil {
		return 0, fmt.Errorf("read who holds what: %w", err)
	}
	people, err := s.reviewers(ctx, q)
	if err != nil {
		return 0, err
	}
	above := func(centre uuid.UUID) []uuid.UUID {
		var list []uuid.UUID
		for _, c := range tree.Path(centreID(centre)) {
			list = append(list, c.ID.UUID())
		}
		slices.Reverse(list)
		return list
	}
	subjects, byAssignment := make([]subject, len(rows)), map[uuid.UUID]controldb.ReviewSubjectsRow{}
	for i, r := range rows {
		subjects[i] = subject{Assignment: r.AssignmentID, Account: r.AccountID, Staff: r.StaffID, Home: r.HomeID, Team: r.TeamID.UUID, Leader: r.LeaderID.UUID}
		byAssignment[r.AssignmentID] = r
	}
	for _, p := range distribute(subjects, people, above) {
		if err := s.writeSheet(ctx, q, id, p, byAssignment); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// reviewers gives everybody who may sign now.
func (s *ControlService) reviewers(ctx context.Context, q *controldb.Queries) ([]reviewer, error) {
	rows, err := q.Reviewers(ctx, controldb.ReviewersParams{Permission: string(ReviewSign), Now: s.clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("read who may sign reviews: %w", err)
	}
	var list []reviewer
	for _, r := range rows {
		i := slices.IndexFunc(list, func(v reviewer) bool { return v.Account == r.AccountID })
		if i < 0 {
			i = len(list)
			list = append(list, reviewer{Account: r.AccountID, Staff: r.StaffID, Number: r.Number, Name: r.Name})
		}
		list[i].Centres = append(list[i].Centres, r.CentreID)
	}
	return list, nil
}

func (s *ControlService) writeSheet(ctx context.Context, q *controldb.Queries, id CampaignID, p part, rows map[uuid.UUID]controldb.ReviewSubjectsRow) error {
	first := rows[p.Subjects[0].Assignment]
	sheet := controldb.InsertSheetParams{ID: ident.New[sheetKind]().UUID(), CampaignID: id.UUID(), CentreID: p.Home, TeamID: optional(p.Team), Title: first.HomeName}
	if first.TeamName != "" {
		sheet.Title += " / " + first.TeamName
	}
	if p.Reviewer != nil {
		sheet.ReviewerID, sheet.ReviewerNumber, sheet.ReviewerName = optional(p.Reviewer.Account), p.Reviewer.Number, p.Reviewer.Name
	}
	if err := q.InsertSheet(ctx, sheet); err != nil {
		return fmt.Errorf("write review sheet: %w", err)
	}
	for _, sub := range p.Subjects {
		r := rows[sub.Assignment]
		err := q.InsertItem(ctx, controldb.InsertItemParams{
			ID: ident.New[itemKind]().UUID(), SheetID: sheet.ID, AccountID: r.AccountID, StaffNumber: r.Number, StaffName: r.Name,
			AssignmentID: r.AssignmentID, RoleCode: r.Code, RoleZh: r.NameZh, RoleEn: r.NameEn, Grave: s.anyGrave(r.Permissions),
			CentreID: r.CentreID, CentreName: r.CentreName, ValidUntil: r.ValidUntil, GrantedAt: r.CreatedAt, LastSignInAt: r.LastSignInAt,
		})
		if err != nil {
			return fmt.Errorf("write review item: %w", err)
		}
	}
	return nil
}

// anyGrave reports whether one of the permissions is grave.
func (s *ControlService) anyGrave(permissions []string) bool {
	return slices.ContainsFunc(s.identity.cfg.Catalogue, func(d actor.Definition) bool {
		return d.Grave && slices.Contains(permissions, string(d.Permission))
	})
}

// CloseCampaign ends a review. With items undecided or sheets unsigned it needs a reason, which the evidence shows.
func (s *ControlService) CloseCampaign(ctx context.Context, id CampaignID, version int, reason string) error {
	scope, err := actor.Allow(ctx, ReviewManage)
	if err != nil {
		return err
	}
	var f fault.Fields
	reason = freeText(&f, "body.reason", reason, false, 1000)
	if err := f.Err("identity.invalid_review", "the reason cannot be kept"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		c, err := q.LockCampaign(ctx, id.UUID())
		if postgres.IsNoRows(err) || err == nil && !scope.Covers(c.CentreID) {
			return ErrNoCampaign
		}
		if err != nil {
			return fmt.Errorf("lock review: %w", err)
		}
		if c.State != "open" || int(c.Version) != version {
			return changedMeanwhile(c.ClosedBy, s.clock.Now())
		}
		open, err := q.OpenItems(ctx, id.UUID())
		if err != nil {
			return fmt.Errorf("count open items: %w", err)
		}
		if open > 0 && reason == "" {
			return fault.New(fault.Conflict, "identity.review_open_items", "%d items are not signed yet", open).
				WithRemedy("wait for the signatures, or say why the review ends without them")
		}
		now := s.clock.Now()
		if err := q.CloseCampaign(ctx, controldb.CloseCampaignParams{ID: id.UUID(), Now: &now, ClosedBy: who(ctx), CloseReason: reason}); err != nil {
			return fmt.Errorf("close review: %w", err)
		}
		for _, kind := range []string{timerReviewDue, timerReviewSoon} {
			if err := timer.Cancel(ctx, tx, kind, id.String()); err != nil {
				return err
			}
		}
		return s.tellReview(ctx, tx, id, c.Name, c.CentreID, "close", reason, audit.Change{Field: "state", Old: "open", New: "closed"}, audit.Change{Field: "unsigned_items", New: open})
	})
}

// CampaignFilter selects reviews.
type CampaignFilter struct {
	State string // open or closed; empty: all
	After *CampaignPosition
	Limit int32 // 0: 50
}

// CampaignPosition is where a review stands in the list, newest first.
type CampaignPosition struct {
	CreatedAt time.Time  `json:"t"`
	ID        CampaignID `json:"i"`
}

// Campaigns lists reviews within the scope of [ReviewRead].
func (s *ControlService) Campaigns(ctx context.Context, f CampaignFilter) ([]Campaign, error) {
	scope, err := actor.Allow(ctx, ReviewRead)
	if err != nil {
		return nil, err
	}
	p := controldb.CampaignsParams{
		National: scope.IsNational(), Centres: scope.Centres(), State: f.State,
		Before: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), BeforeID: uuid.Max, RowLimit: f.Limit,
	}
	if f.After != nil {
		p.Before, p.BeforeID = f.After.CreatedAt, f.After.ID.UUID()
	}
	if p.RowLimit == 0 {
		p.RowLimit = 50
	}
	rows, err := controldb.New(s.pool).Campaigns(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	list := make([]Campaign, len(rows))
	for i, r := range rows {
		list[i] = Campaign{
			ID: ident.From[campaignKind](r.ID), Name: r.Name, Centre: r.CentreID, CentreName: r.CentreName, Team: r.TeamID.UUID, Roles: r.Roles,
			DueAt: r.DueAt, Closed: r.State == "closed", OpenedBy: r.OpenedBy, CreatedAt: r.CreatedAt, ClosedAt: r.ClosedAt, ClosedBy: r.ClosedBy,
			CloseReason: r.CloseReason, Version: int(r.Version), Sheets: r.Sheets, Signed: r.Signed, Items: r.Items, Decided: r.Decided, Revoked: r.Revoked,
		}
	}
	return list, nil
}

// Sheets lists the sheets of a review.
func (s *ControlService) Sheets(ctx context.Context, id CampaignID) ([]Sheet, error) {
	scope, err := actor.Allow(ctx, ReviewRead)
	if err != nil {
		return nil, err
	}
	q := controldb.New(s.pool)
	if _, err := s.campaign(ctx, q, scope, id); err != nil {
		return nil, err
	}
	rows, err := q.Sheets(ctx, id.UUID())
	if err != nil {
		return nil, fmt.Errorf("list review sheets: %w", err)
	}
	list := make([]Sheet, len(rows))
	for i, r := range rows {
		list[i] = sheetOf(r)
	}
	return list, nil
}

func (s *ControlService) campaign(ctx context.Context, q *controldb.Queries, scope actor.Scope, id CampaignID) (controldb.IdentityReviewCampaign, error) {
	c, err := q.FindCampaign(ctx, id.UUID())
	if postgres.IsNoRows(err) || err == nil && !scope.Covers(c.CentreID) {
		return c, ErrNoCampaign
	}
	return c, wrap("read review", err)
}

func sheetOf(r controldb.SheetsRow) Sheet {
	return Sheet{
		ID: ident.From[sheetKind](r.ID), Campaign: ident.From[campaignKind](r.CampaignID), CampaignName: r.CampaignName, CampaignClosed: r.CampaignState == "closed",
		DueAt: r.DueAt, Centre: r.CentreID, Title: r.Title, Reviewer: ident.From[accountKind](r.ReviewerID.UUID), ReviewerNumber: r.ReviewerNumber, ReviewerName: r.ReviewerName,
		SignedAt: r.SignedAt, SignedWith: r.SignedWith, Signature: r.Signature, Remark: r.Remark, Version: int(r.Version),
		Items: r.Items, Decided: r.Decided, Revoked: r.Revoked,
	}
}

// MySheets lists the sheets that the signed-in person reviews: open ones first.
func (s *ControlService) MySheets(ctx context.Context) ([]Sheet, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := controldb.New(s.pool).SheetsOfReviewer(ctx, a.Account)
	if err != nil {
		return nil, fmt.Errorf("list own review sheets: %w", err)
	}
	list := make([]Sheet, len(rows))
	for i, r := range rows {
		list[i] = sheetOf(controldb.SheetsRow(r))
	}
	return list, nil
}
