package identity

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// Sheet gives a sheet with its items, to its reviewer and within the scope of [ReviewRead]. genuine tells whether the
// signature still fits what is there; an unsigned sheet is genuine.
func (s *ControlService) Sheet(ctx context.Context, id SheetID) (sheet Sheet, items []Item, genuine bool, err error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return Sheet{}, nil, false, err
	}
	q := controldb.New(s.pool)
	row, err := q.FindSheet(ctx, id.UUID())
	if sheet, err = s.seen(a, row, err); err != nil {
		return Sheet{}, nil, false, err
	}
	if items, err = itemsOf(ctx, q, id); err != nil {
		return Sheet{}, nil, false, err
	}
	sheet.Items = int64(len(items))
	for _, i := range items {
		if i.Verdict != "" {
			sheet.Decided++
		}
		if i.Verdict == Revoke {
			sheet.Revoked++
		}
	}
	return sheet, items, sheet.genuine(items), nil
}

func (s Sheet) genuine(items []Item) bool {
	if s.SignedAt == nil {
		return true
	}
	return bytes.Equal(s.Signature, signature(s.ID, s.Campaign, s.Reviewer.UUID(), s.SignedWith, *s.SignedAt, s.Remark, items))
}

// seen gives a sheet that the actor may see.
func (s *ControlService) seen(a *actor.Actor, r controldb.FindSheetRow, err error) (Sheet, error) {
	if postgres.IsNoRows(err) {
		return Sheet{}, ErrNoSheet
	}
	if err != nil {
		return Sheet{}, fmt.Errorf("read review sheet: %w", err)
	}
	mine := r.ReviewerID.Valid && r.ReviewerID.UUID == a.Account
	if !mine && !a.Scope(ReviewRead).Covers(r.CampaignCentre) {
		return Sheet{}, ErrNoSheet
	}
	return Sheet{
		ID: ident.From[sheetKind](r.ID), Campaign: ident.From[campaignKind](r.CampaignID), CampaignName: r.CampaignName, CampaignClosed: r.CampaignState == "closed",
		DueAt: r.DueAt, Centre: r.CentreID, Title: r.Title, Reviewer: ident.From[accountKind](r.ReviewerID.UUID), ReviewerNumber: r.ReviewerNumber, ReviewerName: r.ReviewerName,
		SignedAt: r.SignedAt, SignedWith: r.SignedWith, Signature: r.Signature, Remark: r.Remark, Version: int(r.Version), campaignCentre: r.CampaignCentre,
	}, nil
}

func itemsOf(ctx context.Context, q *controldb.Queries, id SheetID) ([]Item, error) {
	rows, err := q.Items(ctx, id.UUID())
	if err != nil {
		return nil, fmt.Errorf("read review items: %w", err)
	}
	items := make([]Item, len(rows))
	for i, r := range rows {
		items[i] = Item{
			ID: ident.From[itemKind](r.ID), Account: ident.From[accountKind](r.AccountID), Number: r.StaffNumber, Name: r.StaffName,
			Assignment: ident.From[assignmentKind](r.AssignmentID), RoleCode: r.RoleCode, RoleZH: r.RoleZh, RoleEN: r.RoleEn, Grave: r.Grave,
			Centre: r.CentreID, CentreName: r.CentreName, ValidUntil: r.ValidUntil, GrantedAt: r.GrantedAt, LastSignInAt: r.LastSignInAt,
			Verdict: Verdict(r.Decision), Reason: r.Reason, Outcome: r.Outcome,
		}
	}
	return items, nil
}

// ItemVerdict is a decision on one item. Revoking needs a reason.
type ItemVerdict struct {
	Item    ItemID
	Verdict Verdict
	Reason  string
}

// ours locks a sheet that the actor reviews and that can still be changed.
func (s *ControlService) ours(ctx context.Context, tx pgx.Tx, a *actor.Actor, id SheetID) (Sheet, []Item, error) {
	q := controldb.New(tx)
	locked, err := q.LockSheet(ctx, id.UUID())
	sheet, err := s.seen(a, controldb.FindSheetRow(locked), err)
	if err != nil {
		return Sheet{}, nil, err
	}
	switch {
	case sheet.Reviewer.UUID() != a.Account:
		return Sheet{}, nil, fault.New(fault.Denied, "identity.not_reviewer", "this sheet is reviewed by %s %s", sheet.ReviewerNumber, sheet.ReviewerName)
	case sheet.SignedAt != nil:
		return Sheet{}, nil, fault.New(fault.Conflict, "identity.sheet_signed", "this sheet was signed on %s", sheet.SignedAt.UTC().Format("2006-01-02 at 15:04 UTC"))
	case sheet.CampaignClosed:
		return Sheet{}, nil, fault.New(fault.Conflict, "identity.review_closed", "this review is closed")
	}
	items, err := itemsOf(ctx, q, id)
	if err != nil {
		return Sheet{}, nil, err
	}
	if slices.ContainsFunc(items, func(i Item) bool { return i.Account.UUID() == a.Account }) {
		return Sheet{}, nil, fault.New(fault.Denied, "identity.review_self", "nobody reviews themselves").WithRemedy("let the sheet be handed over to somebody else")
	}
	return sheet, items, nil
}

// DecideItems notes verdicts; they count when the sheet is signed.
func (s *ControlService) DecideItems(ctx context.Context, id SheetID, verdicts []ItemVerdict) error {
	if _, err := actor.Allow(ctx, ReviewSign); err != nil {
		return err
	}
	a := actor.From(ctx)
	var f fault.Fields
	for i := range verdicts {
		v := &verdicts[i]
		at := fmt.Sprintf("body.verdicts[%d]", i)
		v.Reason = freeText(&f, at+".reason", v.Reason, v.Verdict == Revoke, 500)
		f.Check(v.Verdict == Keep || v.Verdict == Revoke || v.Verdict == "", at+".verdict", "unknown", "is no verdict")
	}
	if err := f.Err("identity.invalid_review", "the verdicts are not complete"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		sheet, items, err := s.ours(ctx, tx, a, id)
		if err != nil {
			return err
		}
		var changes []audit.Change
		for _, v := range verdicts {
			p := controldb.DecideItemParams{ID: v.Item.UUID(), SheetID: id.UUID(), Decision: string(v.Verdict), Reason: v.Reason}
			if v.Verdict != "" {
				p.Now = ptr(s.clock.Now())
			}
			n, err := controldb.New(tx).DecideItem(ctx, p)
			if err != nil {
				return fmt.Errorf("write verdict: %w", err)
			}
			if n == 0 {
				return ErrNoSheet
			}
			i := items[slices.IndexFunc(items, func(i Item) bool { return i.ID == v.Item })]
			changes = append(changes, audit.Change{Field: i.Number + " " + i.RoleCode + " @ " + i.CentreName, Old: i.Verdict, New: v.Verdict})
		}
		return s.tellReview(ctx, tx, sheet.Campaign, sheet.CampaignName, sheet.Centre, "decide", "", changes...)
	})
}

// Proof is what a reviewer enters again to sign: the password, or a code of the authenticator.
type Proof struct{ Password, Code string }

// SignSheet makes the verdicts of a sheet final and takes away at once what was revoked. The signature is the authority
// for that; no further approval is asked. Every item must be decided. Wrong proofs count as at sign-in.
func (s *ControlService) SignSheet(ctx context.Context, id SheetID, version int, proof Proof, remark string) error {
	if _, err := actor.Allow(ctx, ReviewSign); err != nil {
		return err
	}
	a := actor.From(ctx)
	var f fault.Fields
	remark = freeText(&f, "body.remark", remark, false, 1000)
	if err := f.Err("identity.invalid_review", "the remark cannot be kept"); err != nil {
		return err
	}
	with, err := s.proven(ctx, a, proof)
	if err != nil {
		return err
	}
	var touched []uuid.UUID
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		touched = nil
		sheet, items, err := s.ours(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if sheet.Version != version {
			return changedMeanwhile("", time.Time{})
		}
		if n := len(slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.Verdict != "" })); n > 0 {
			return fault.New(fault.Conflict, "identity.review_undecided", "%d items are not decided yet", n).WithRemedy("decide them, then sign")
		}
		now := s.clock.Now().Truncate(time.Microsecond)
		err = controldb.New(tx).SignSheet(ctx, controldb.SignSheetParams{
			ID: id.UUID(), Now: &now, SignedWith: with, Remark: remark,
			Signature: signature(sheet.ID, sheet.Campaign, a.Account, with, now, remark, items),
		})
		if err != nil {
			return fmt.Errorf("sign review sheet: %w", err)
		}
		if touched, err = s.settle(ctx, tx, sheet, items); err != nil {
			return err
		}
		return s.tellReview(ctx, tx, sheet.Campaign, sheet.CampaignName, sheet.Centre, "sign", remark,
			audit.Change{Field: "sheet", New: sheet.Title}, audit.Change{Field: "signed_with", New: with}, audit.Change{Field: "revoked", New: len(touched)})
	})
	if err == nil && len(touched) > 0 {
		s.identity.forget(ctx, forgetting{Accounts: touched})
	}
	return err
}

// proven checks that whoever holds the session also holds what opens the account.
func (s *ControlService) proven(ctx context.Context, a *actor.Actor, p Proof) (with string, err error) {
	acct, err := s.identity.credential(ctx, nil, ident.From[accountKind](a.Account))
	if err != nil {
		return "", err
	}
	wrong := fault.New(fault.Invalid, "identity.wrong_proof", "this is not your password or code").
		WithFields(fault.Field{Location: "body.proof", Code: "wrong", Message: "is not right"})
	switch {
	case strings.TrimSpace(p.Code) != "" && acct.TotpConfirmedAt != nil:
		t, err := s.identity.throttle(ctx, acct, acct.Number, a.Address)
		if err != nil {
			return "", err
		}
		if _, err := s.identity.useCode(ctx, acct, p.Code); err != nil {
			if fault.KindOf(err) == fault.Internal {
				return "", err
			}
			return "", proofRefused(s.identity.refuse(ctx, t, acct, methodTOTP, Origin{Address: a.Address}, err), wrong)
		}
		return "totp", nil
	case p.Password != "" && acct.PasswordHash != "":
		t, err := s.identity.throttle(ctx, acct, acct.Number, a.Address)
		if err != nil {
			return "", err
		}
		ok, _, err := s.identity.hasher.verify(ctx, acct.PasswordHash, p.Password)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", proofRefused(s.identity.refuse(ctx, t, acct, methodPassword, Origin{Address: a.Address}, ErrWrongCredentials), wrong)
		}
		return "password", nil
	}
	return "", wrong
}

// proofRefused keeps a pause or a defect as it is and turns "wrong" into a fault that does not end the session.
func proofRefused(err error, wrong *fault.Fault) error {
	if fault.KindOf(err) == fault.Unauthenticated {
		return wrong
	}
	return err
}

// settle takes away what was revoked and notes the outcome of each item. It gives the accounts that lost something.
// Accounts are locked before the duty rules, as everywhere.
func (s *ControlService) settle(ctx context.Context, tx pgx.Tx, sheet Sheet, items []Item) ([]uuid.UUID, error) {
	accounts := map[AccountID]credential{}
	for _, i := range slices.SortedFunc(slices.Values(items), func(a, b Item) int { return cmp.Compare(a.Account.String(), b.Account.String()) }) {
		if _, locked := accounts[i.Account]; locked || i.Verdict != Revoke {
			continue
		}
		acct, err := s.identity.credential(ctx, tx, i.Account)
		if err != nil {
			return nil, err
		}
		accounts[i.Account] = acct
	}
	if err := lockDuties(ctx, tx); err != nil {
		return nil, err
	}
	var touched []uuid.UUID
	for _, i := range items {
		outcome := "kept"
		if i.Verdict == Revoke {
			gone, err := s.revoke(ctx, tx, accounts[i.Account], sheet, i)
			if err != nil {
				return nil, err
			}
			outcome = "revoked"
			if gone {
				outcome = "gone"
			} else {
				touched = append(touched, i.Account.UUID())
			}
		}
		if err := controldb.New(tx).SetOutcome(ctx, controldb.SetOutcomeParams{ID: i.ID.UUID(), Outcome: outcome}); err != nil {
			return nil, fmt.Errorf("note outcome: %w", err)
		}
	}
	return touched, nil
}

// revoke ends one assignment, unless it has ended meanwhile.
func (s *ControlService) revoke(ctx context.Context, tx pgx.Tx, acct credential, sheet Sheet, i Item) (gone bool, err error) {
	present, err := s.identity.assignmentsOf(ctx, db.New(tx), acct.ID, false)
	if err != nil {
		return false, err
	}
	var rest []Grant
	there := false
	for _, p := range present {
		if p.ID == i.Assignment {
			there = true
			continue
		}
		rest = append(rest, Grant{Role: p.Role, Centre: p.Centre, From: p.ValidFrom, Until: p.ValidUntil})
	}
	if !there {
		return true, nil
	}
	if err := s.identity.keepSomebody(ctx, tx, acct, rest); err != nil {
		return false, err
	}
	n, err := db.New(tx).EndAssignment(ctx, db.EndAssignmentParams{ID: i.Assignment.UUID(), Now: s.clock.Now(), EndedBy: who(ctx)})
	if err != nil || n == 0 {
		return n == 0, wrap("end assignment", err)
	}
	reason := cut(sheet.CampaignName+": "+i.Reason, 500)
	return false, s.identity.record(ctx, tx, aboutAccount(acct.account(), "account.assign", reason, audit.Change{Field: "role", Old: i.RoleCode + " @ " + i.CentreName}))
}

// HandOver names another reviewer for a sheet: somebody who may sign at its centre and is not on it.
func (s *ControlService) HandOver(ctx context.Context, id SheetID, version int, number, reason string) error {
	scope, err := actor.Allow(ctx, ReviewManage)
	if err != nil {
		return err
	}
	var f fault.Fields
	reason = freeText(&f, "body.reason", reason, true, 500)
	number = strings.ToUpper(freeText(&f, "body.number", number, true, 16))
	if err := f.Err("identity.invalid_review", "something is missing"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		row, err := q.LockSheet(ctx, id.UUID())
		if postgres.IsNoRows(err) || err == nil && !scope.Covers(row.CampaignCentre) {
			return ErrNoSheet
		}
		if err != nil {
			return fmt.Errorf("lock review sheet: %w", err)
		}
		if row.State != "open" || row.CampaignState != "open" || int(row.Version) != version {
			return changedMeanwhile(row.ReviewerNumber+" "+row.ReviewerName, s.clock.Now())
		}
		r, err := s.fitting(ctx, q, id, row.CentreID, number)
		if err != nil {
			return err
		}
		err = q.SetReviewer(ctx, controldb.SetReviewerParams{ID: id.UUID(), ReviewerID: optional(r.Account), ReviewerNumber: r.Number, ReviewerName: r.Name})
		if err != nil {
			return fmt.Errorf("hand over review sheet: %w", err)
		}
		return s.tellReview(ctx, tx, ident.From[campaignKind](row.CampaignID), row.CampaignName, row.CentreID, "hand_over", reason,
			audit.Change{Field: "reviewer", Old: row.ReviewerNumber, New: r.Number}, audit.Change{Field: "sheet", New: row.Title})
	})
}

// fitting gives somebody who can review a sheet: may sign at its centre or above, and is not on it.
func (s *ControlService) fitting(ctx context.Context, q *controldb.Queries, id SheetID, centre uuid.UUID, number string) (reviewer, error) {
	people, err := s.reviewers(ctx, q)
	if err != nil {
		return reviewer{}, err
	}
	tree, err := s.identity.cfg.Organization.Tree(ctx)
	if err != nil {
		return reviewer{}, err
	}
	i := slices.IndexFunc(people, func(r reviewer) bool {
		return r.Number == number && slices.ContainsFunc(tree.Path(centreID(centre)), func(c organization.Centre) bool { return slices.Contains(r.Centres, c.ID.UUID()) })
	})
	unfit := func(code, message string) error {
		return fault.New(fault.Invalid, "identity.unfit_reviewer", "this person cannot review the sheet").
			WithFields(fault.Field{Location: "body.number", Code: code, Message: message})
	}
	if i < 0 {
		return reviewer{}, unfit("may_not_sign", "may not sign reviews for this centre")
	}
	items, err := itemsOf(ctx, q, id)
	if err != nil {
		return reviewer{}, err
	}
	if slices.ContainsFunc(items, func(it Item) bool { return it.Account.UUID() == people[i].Account }) {
		return reviewer{}, unfit("reviews_self", "is on the sheet; nobody reviews themselves")
	}
	return people[i], nil
}
