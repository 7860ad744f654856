package identity

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/controldb"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// kindRegulation is the request to publish a version of a policy.
const kindRegulation = "identity.policy"

// publication is the payload of the request; the version of the row makes sure that what is published is what was read.
type publication struct {
	Regulation RegulationID `json:"policy_id"`
	Number     int          `json:"number"`
	Version    int          `json:"version"`
}

func (s *ControlService) registerRegulations() {
	s.approvals.Register(approval.Kind{
		Name: kindRegulation, ZH: "发布制度", EN: "Publish a policy", Decide: RegulationIssue, Grave: true, Single: true,
		Expires: 30 * 24 * time.Hour, Apply: s.publish, Describe: s.describePublication, Closed: s.publicationClosed,
	})
}

// Regulations lists the policies.
func (s *ControlService) Regulations(ctx context.Context) ([]RegulationItem, error) {
	if _, err := actor.Allow(ctx, RegulationRead); err != nil {
		return nil, err
	}
	rows, err := controldb.New(s.pool).Regulations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	list := make([]RegulationItem, len(rows))
	for i, r := range rows {
		list[i] = RegulationItem{
			ID: ident.From[regulationKind](r.ID), Code: r.Code, Withdrawn: r.State == "withdrawn", Newest: int(r.Number),
			NewestState: RegulationState(r.VersionState), TitleZH: r.TitleZh, TitleEN: r.TitleEn, PublishedAt: r.PublishedAt,
			Acknowledged: r.Acknowledged, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
		}
		if r.Current != nil {
			list[i].Current = int(*r.Current)
		}
	}
	return list, nil
}

// Regulation gives a policy with its versions, and how many people in scope have acknowledged it.
func (s *ControlService) Regulation(ctx context.Context, id RegulationID) (Regulation, error) {
	scope, err := actor.Allow(ctx, RegulationRead)
	if err != nil {
		return Regulation{}, err
	}
	r, err := s.regulation(ctx, controldb.New(s.pool), id, false)
	if err != nil {
		return Regulation{}, err
	}
	now := s.clock.Now()
	n, err := controldb.New(s.pool).CountReaders(ctx, controldb.CountReadersParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres(), Now: now})
	if err != nil {
		return Regulation{}, fmt.Errorf("count readers: %w", err)
	}
	r.Readers, r.Acknowledged = n.Readers, n.Acknowledged
	return r, nil
}

// regulation reads a policy; locked, nobody else changes it until the transaction ends.
func (s *ControlService) regulation(ctx context.Context, q *controldb.Queries, id RegulationID, lock bool) (Regulation, error) {
	read := q.FindRegulation
	if lock {
		read = q.LockRegulation
	}
	row, err := read(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Regulation{}, ErrNoRegulation
	}
	if err != nil {
		return Regulation{}, fmt.Errorf("read policy: %w", err)
	}
	r := Regulation{ID: id, Code: row.Code, Withdrawn: row.State == "withdrawn", Version: int(row.Version), UpdatedAt: row.UpdatedAt, UpdatedBy: row.UpdatedBy}
	if row.Current != nil {
		r.Current = int(*row.Current)
	}
	rows, err := q.RegulationVersions(ctx, id.UUID())
	if err != nil {
		return Regulation{}, fmt.Errorf("read versions of policy: %w", err)
	}
	for _, v := range rows {
		text := RegulationText{TitleZH: v.TitleZh, TitleEN: v.TitleEn, BodyZH: v.BodyZh, BodyEN: v.BodyEn, Note: v.ChangeNote, Roles: v.Roles, Levels: []actor.Level{}}
		for _, l := range v.Levels {
			text.Levels = append(text.Levels, actor.Level(l))
		}
		r.Versions = append(r.Versions, RegulationVersion{
			RegulationText: text, Number: int(v.Number), State: RegulationState(v.State), Version: int(v.Version),
			CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, UpdatedBy: v.UpdatedBy, PublishedAt: v.PublishedAt, PublishedBy: v.PublishedBy,
		})
	}
	return r, nil
}

// CreateRegulation begins a policy with its first version as a draft. Policies are the nation's.
func (s *ControlService) CreateRegulation(ctx context.Context, code string, t RegulationText) (RegulationID, error) {
	if err := allowNationally(ctx, RegulationEdit); err != nil {
		return RegulationID{}, err
	}
	code = strings.ToUpper(strings.TrimSpace(code))
	id := ident.New[regulationKind]()
	err := postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		t, err := s.checkText(ctx, q, t, code)
		if err != nil {
			return err
		}
		err = q.InsertRegulation(ctx, controldb.InsertRegulationParams{ID: id.UUID(), Code: code, Now: s.clock.Now(), UpdatedBy: who(ctx)})
		if postgres.ConstraintName(err) == "regulation_code_key" {
			return fault.New(fault.Conflict, "identity.policy_code_taken", "there is a policy with the code %s", code).
				WithFields(fault.Field{Location: "body.code", Code: "taken", Message: "is taken"})
		}
		if err != nil {
			return fmt.Errorf("write policy: %w", err)
		}
		if err := s.insertVersion(ctx, q, id, 1, t); err != nil {
			return err
		}
		return s.tellRegulation(ctx, tx, Regulation{ID: id, Code: code}, "create", "", audit.Diff(nil, t)...)
	})
	return id, err
}

// codePattern is also in the table's constraint.
var codePattern = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,31}$`)

// checkText names everything that is wrong with a text, and with the code when one is given.
func (s *ControlService) checkText(ctx context.Context, q *controldb.Queries, t RegulationText, code string) (RegulationText, error) {
	known, err := s.knownRoles(ctx, q, append([]string{}, t.Roles...))
	if err != nil {
		return t, err
	}
	t, err = t.normalise(known)
	if code == "" || codePattern.MatchString(code) {
		return t, err
	}
	wrong := fault.Field{Location: "body.code", Code: "bad_code", Message: "is made of capital letters, digits and hyphens"}
	if f, ok := fault.As(err); ok {
		return t, f.WithFields(wrong)
	}
	return t, fault.New(fault.Invalid, "identity.invalid_policy", "the policy is not complete").WithFields(wrong)
}

// allowNationally demands a permission for the whole nation.
func allowNationally(ctx context.Context, p actor.Permission) error {
	scope, err := actor.Allow(ctx, p)
	if err != nil {
		return err
	}
	if !scope.IsNational() {
		return fault.New(fault.Denied, actor.ErrDenied.Code, "this is decided for the whole nation: it needs the permission %s there", p)
	}
	return nil
}

func (s *ControlService) insertVersion(ctx context.Context, q *controldb.Queries, id RegulationID, number int, t RegulationText) error {
	return wrap("write version of policy", q.InsertRegulationVersion(ctx, controldb.InsertRegulationVersionParams{
		RegulationID: id.UUID(), Number: int32(number), TitleZh: t.TitleZH, TitleEn: t.TitleEN, BodyZh: t.BodyZH, BodyEn: t.BodyEN,
		ChangeNote: t.Note, Levels: texts(t.Levels), Roles: texts(t.Roles), Now: s.clock.Now(), UpdatedBy: who(ctx),
	}))
}

// texts never gives nil, which the columns refuse.
func texts[T ~string](list []T) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// WriteRegulation changes the draft, or begins the next version when there is none. version is that of the draft the
// allowEditor saw, 0 when there was none; another one is identity.changed_meanwhile.
func (s *ControlService) WriteRegulation(ctx context.Context, id RegulationID, version int, t RegulationText) error {
	if err := allowNationally(ctx, RegulationEdit); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		r, err := s.regulation(ctx, q, id, true)
		if err != nil {
			return err
		}
		old, writing := r.Writing()
		switch {
		case writing && old.State == Requested:
			return fault.New(fault.Conflict, "identity.policy_requested", "version %d waits for its publication and cannot be changed", old.Number).
				WithRemedy("withdraw the request first")
		case writing && old.Version != version, !writing && version != 0:
			return changedMeanwhile(old.UpdatedBy, old.UpdatedAt)
		}
		t, err := s.checkText(ctx, q, t, "")
		if err != nil {
			return err
		}
		if !writing {
			if err := s.insertVersion(ctx, q, id, len(r.Versions)+1, t); err != nil {
				return err
			}
			return s.tellRegulation(ctx, tx, r, "draft", "", audit.Diff(nil, t)...)
		}
		_, err = q.UpdateRegulationVersion(ctx, controldb.UpdateRegulationVersionParams{
			RegulationID: id.UUID(), Number: int32(old.Number), TitleZh: t.TitleZH, TitleEn: t.TitleEN, BodyZh: t.BodyZH, BodyEn: t.BodyEN,
			ChangeNote: t.Note, Levels: texts(t.Levels), Roles: texts(t.Roles), Now: s.clock.Now(), UpdatedBy: who(ctx),
		})
		if err != nil {
			return fmt.Errorf("write version of policy: %w", err)
		}
		return s.tellRegulation(ctx, tx, r, "draft", "", audit.Diff(old.RegulationText, t)...)
	})
}

// changedMeanwhile tells the second of two editors about the first.
func changedMeanwhile(by string, at time.Time) error {
	if by == "" {
		return fault.New(fault.Conflict, "identity.changed_meanwhile", "it was changed meanwhile").WithRemedy("read it again and compare")
	}
	return fault.New(fault.Conflict, "identity.changed_meanwhile", "%s changed it on %s", by, at.UTC().Format("2006-01-02 at 15:04:05 UTC")).
		WithRemedy("read it again and compare")
}

// DiscardDraft throws the draft away; a policy that was never published needs another text instead.
func (s *ControlService) DiscardDraft(ctx context.Context, id RegulationID, version int) error {
	if err := allowNationally(ctx, RegulationEdit); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		r, err := s.regulation(ctx, q, id, true)
		if err != nil {
			return err
		}
		v, writing := r.Writing()
		if !writing || v.State != Draft || v.Version != version {
			return changedMeanwhile(v.UpdatedBy, v.UpdatedAt)
		}
		if r.Current == 0 {
			return fault.New(fault.Conflict, "identity.policy_only_draft", "this is the policy's only text").WithRemedy("write another text, or withdraw the policy")
		}
		if err := q.DeleteRegulationVersion(ctx, controldb.DeleteRegulationVersionParams{RegulationID: id.UUID(), Number: int32(v.Number)}); err != nil {
			return fmt.Errorf("discard draft: %w", err)
		}
		return s.tellRegulation(ctx, tx, r, "discard", "", audit.Diff(v.RegulationText, nil)...)
	})
}

// WithdrawRegulation ends a policy: nobody needs to acknowledge it any more. What was acknowledged stays.
func (s *ControlService) WithdrawRegulation(ctx context.Context, id RegulationID, version int, reason string) error {
	if err := allowNationally(ctx, RegulationEdit); err != nil {
		return err
	}
	var f fault.Fields
	reason = freeText(&f, "body.reason", reason, true, 500)
	if err := f.Err("identity.invalid_policy", "the reason is missing"); err != nil {
		return err
	}
	err := postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		r, err := s.regulation(ctx, q, id, true)
		if err != nil {
			return err
		}
		if r.Version != version || r.Withdrawn {
			return changedMeanwhile(r.UpdatedBy, r.UpdatedAt)
		}
		if v, writing := r.Writing(); writing && v.State == Requested {
			return fault.New(fault.Conflict, "identity.policy_requested", "version %d waits for its publication", v.Number).WithRemedy("withdraw the request first")
		}
		err = q.SetRegulation(ctx, controldb.SetRegulationParams{ID: id.UUID(), Current: number(r.Current), State: "withdrawn", Now: s.clock.Now(), UpdatedBy: who(ctx)})
		if err != nil {
			return fmt.Errorf("withdraw policy: %w", err)
		}
		return s.tellRegulation(ctx, tx, r, "withdraw", reason, audit.Change{Field: "state", Old: "active", New: "withdrawn"})
	})
	if err == nil {
		s.identity.forget(ctx, forgetting{All: true})
	}
	return err
}

func number(n int) *int32 {
	if n == 0 {
		return nil
	}
	return ptr(int32(n))
}

func (s *ControlService) tellRegulation(ctx context.Context, tx pgx.Tx, r Regulation, act, reason string, changes ...audit.Change) error {
	return s.write(ctx, tx, TopicRegulation, r.ID.String(), audit.Entry{
		Action: "identity.policy." + act, Object: audit.Object{Kind: "identity.policy", ID: r.ID.String(), Label: r.Code}, Reason: reason, Changes: changes,
	})
}

// RequestPublication asks another person to publish the draft. version is that of the draft.
func (s *ControlService) RequestPublication(ctx context.Context, id RegulationID, version int, reason string) (approval.RequestID, error) {
	if err := allowNationally(ctx, RegulationEdit); err != nil {
		return approval.RequestID{}, err
	}
	var request approval.RequestID
	err := postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		r, err := s.regulation(ctx, q, id, true)
		if err != nil {
			return err
		}
		v, writing := r.Writing()
		if !writing || v.State != Draft || v.Version != version || r.Withdrawn {
			return changedMeanwhile(v.UpdatedBy, v.UpdatedAt)
		}
		err = q.SetRegulationVersionState(ctx, controldb.SetRegulationVersionStateParams{RegulationID: id.UUID(), Number: int32(v.Number), State: string(Requested), Now: s.clock.Now()})
		if err != nil {
			return fmt.Errorf("request publication: %w", err)
		}
		request, err = s.approvals.Ask(ctx, tx, approval.Ask{
			Kind: kindRegulation, Object: approval.Object{ID: id.String(), Label: label(r.Code, v)}, Reason: reason,
			Payload: publication{Regulation: id, Number: v.Number, Version: v.Version + 1},
		})
		if err != nil {
			return err
		}
		return s.tellRegulation(ctx, tx, r, "request", reason, audit.Change{Field: "number", New: v.Number})
	})
	return request, err
}

func label(code string, v RegulationVersion) string {
	return cut(fmt.Sprintf("%s v%d %s", code, v.Number, v.TitleZH), 200)
}

// publish is the approval of a publication. The author of the text cannot be its publisher, which approval sees to
// for whoever asked; whoever wrote it last is refused too.
func (s *ControlService) publish(ctx context.Context, tx pgx.Tx, req approval.Request) error {
	var p publication
	if err := req.Decode(&p); err != nil {
		return err
	}
	q := controldb.New(tx)
	r, err := s.regulation(ctx, q, p.Regulation, true)
	if err != nil {
		return approval.Obsolete(err)
	}
	v, ok := r.Find(p.Number)
	if !ok || v.State != Requested || v.Version != p.Version || r.Withdrawn {
		return approval.Obsolete(changedMeanwhile(v.UpdatedBy, v.UpdatedAt))
	}
	if v.UpdatedBy == who(ctx) {
		return fault.New(fault.Denied, "identity.policy_author", "you wrote this text yourself").WithRemedy("somebody else must publish it")
	}
	if err := q.ReplaceRegulationVersion(ctx, p.Regulation.UUID()); err != nil {
		return fmt.Errorf("replace version: %w", err)
	}
	now := s.clock.Now()
	err = q.PublishRegulationVersion(ctx, controldb.PublishRegulationVersionParams{RegulationID: p.Regulation.UUID(), Number: int32(p.Number), Now: &now, PublishedBy: who(ctx)})
	if err != nil {
		return fmt.Errorf("publish version: %w", err)
	}
	err = q.SetRegulation(ctx, controldb.SetRegulationParams{ID: p.Regulation.UUID(), Current: number(p.Number), State: "active", Now: now, UpdatedBy: who(ctx)})
	if err != nil {
		return fmt.Errorf("publish policy: %w", err)
	}
	return s.tellRegulation(ctx, tx, r, "publish", req.Reason, audit.Change{Field: "current", Old: r.Current, New: p.Number})
}

// publicationClosed gives the text back to its author when it is not published.
func (s *ControlService) publicationClosed(ctx context.Context, tx pgx.Tx, req approval.Request) error {
	var p publication
	if err := req.Decode(&p); err != nil {
		return err
	}
	q := controldb.New(tx)
	r, err := s.regulation(ctx, q, p.Regulation, true)
	if err != nil {
		return err
	}
	if v, ok := r.Find(p.Number); !ok || v.State != Requested {
		return nil
	}
	err = q.SetRegulationVersionState(ctx, controldb.SetRegulationVersionStateParams{RegulationID: p.Regulation.UUID(), Number: int32(p.Number), State: string(Draft), Now: s.clock.Now()})
	return wrap("return draft", err)
}

func (s *ControlService) describePublication(ctx context.Context, req approval.Request) ([]approval.Detail, error) {
	var p publication
	if err := req.Decode(&p); err != nil {
		return nil, err
	}
	r, err := s.regulation(ctx, controldb.New(s.pool), p.Regulation, false)
	if err != nil {
		return nil, err
	}
	fresh, ok := r.Find(p.Number)
	if !ok {
		return nil, ErrNoRegulation
	}
	old, _ := r.Find(r.Current)
	list := []approval.Detail{
		{Field: "title_zh", ZH: "标题", EN: "Title (Chinese)", Old: old.TitleZH, New: fresh.TitleZH},
		{Field: "title_en", ZH: "英文标题", EN: "Title (English)", Old: old.TitleEN, New: fresh.TitleEN},
		{Field: "change_note", ZH: "修订说明", EN: "What is new", New: fresh.Note},
		{Field: "levels", ZH: "适用层级", EN: "Levels", Old: strings.Join(texts(old.Levels), ", "), New: strings.Join(texts(fresh.Levels), ", ")},
		{Field: "roles", ZH: "适用角色", EN: "Roles", Old: strings.Join(old.Roles, ", "), New: strings.Join(fresh.Roles, ", ")},
		{Field: "body_zh", ZH: "正文", EN: "Text (Chinese)", Old: old.BodyZH, New: fresh.BodyZH},
		{Field: "body_en", ZH: "英文正文", EN: "Text (English)", Old: old.BodyEN, New: fresh.BodyEN},
	}
	return list, nil
}

// MyRegulations lists what the signed-in person must know: what is due first, also while that stands before
// everything else.
func (s *ControlService) MyRegulations(ctx context.Context) ([]MyRegulation, error) {
	a, err := allowReader(ctx)
	if err != nil {
		return nil, err
	}
	return s.regulationsOf(ctx, controldb.New(s.pool), a.Account)
}

// allowReader gives who reads policies: a person with nothing pending but that.
func allowReader(ctx context.Context) (*actor.Actor, error) {
	a, err := allowSelf(ctx)
	if err != nil {
		return nil, err
	}
	if a.Pending != "" && a.Pending != PendingAcknowledgment {
		return nil, fault.New(fault.Denied, a.Pending, "something must be done first")
	}
	return a, nil
}

func (s *ControlService) regulationsOf(ctx context.Context, q *controldb.Queries, account uuid.UUID) ([]MyRegulation, error) {
	now := s.clock.Now()
	rows, err := q.RegulationsOf(ctx, controldb.RegulationsOfParams{AccountID: account, Now: now})
	if err != nil {
		return nil, fmt.Errorf("list policies of account: %w", err)
	}
	list := make([]MyRegulation, len(rows))
	for i, r := range rows {
		list[i] = MyRegulation{
			ID: ident.From[regulationKind](r.ID), Code: r.Code, Number: int(r.Number), TitleZH: r.TitleZh, TitleEN: r.TitleEn,
			BodyZH: r.BodyZh, BodyEN: r.BodyEn, Note: r.ChangeNote, PublishedBy: r.PublishedBy, AcknowledgedAt: r.AcknowledgedAt, Due: r.Due,
		}
		if r.PublishedAt != nil {
			list[i].PublishedAt = *r.PublishedAt
		}
	}
	return list, nil
}

// Acknowledge notes that the signed-in person has read a version. A version that no longer holds is
// identity.changed_meanwhile: there is a newer text to read. Doing it twice does no harm.
func (s *ControlService) Acknowledge(ctx context.Context, id RegulationID, number int) error {
	a, err := allowReader(ctx)
	if err != nil {
		return err
	}
	err = postgres.InTx(ctx, s.pool, func(ctx context.Context, tx pgx.Tx) error {
		q := controldb.New(tx)
		mine, err := s.regulationsOf(ctx, q, a.Account)
		if err != nil {
			return err
		}
		for _, m := range mine {
			if m.ID != id {
				continue
			}
			if m.Number != number {
				return changedMeanwhile(m.PublishedBy, m.PublishedAt)
			}
			n, err := q.Acknowledge(ctx, controldb.AcknowledgeParams{RegulationID: id.UUID(), Number: int32(number), AccountID: a.Account, Now: s.clock.Now(), Address: cut(a.Address, 64)})
			if err != nil || n == 0 {
				return wrap("acknowledge policy", err)
			}
			return s.tellRegulation(ctx, tx, Regulation{ID: id, Code: m.Code}, "acknowledge", "", audit.Change{Field: "number", New: number})
		}
		return ErrNoRegulation
	})
	if err == nil {
		s.identity.forget(ctx, forgetting{Accounts: []uuid.UUID{a.Account}})
	}
	return err
}

// ReadersFilter selects readers of a policy.
type ReadersFilter struct {
	Missing bool   // only those who have not acknowledged it
	After   string // staff number
	Limit   int32  // 0: 50
}

// Readers lists who must know the current version, by staff number, within the scope of [RegulationRead].
func (s *ControlService) Readers(ctx context.Context, id RegulationID, f ReadersFilter) ([]Reader, error) {
	scope, err := actor.Allow(ctx, RegulationRead)
	if err != nil {
		return nil, err
	}
	if _, err := s.regulation(ctx, controldb.New(s.pool), id, false); err != nil {
		return nil, err
	}
	now, limit := s.clock.Now(), f.Limit
	if limit == 0 {
		limit = 50
	}
	rows, err := controldb.New(s.pool).Readers(ctx, controldb.ReadersParams{
		ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres(), OnlyMissing: f.Missing, Now: now, AfterNumber: f.After, RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list readers of policy: %w", err)
	}
	list := make([]Reader, len(rows))
	for i, r := range rows {
		list[i] = Reader{
			Account: ident.From[accountKind](r.ID), Number: r.Number, Name: r.Name, Centre: r.CentreID, CentreName: r.CentreName,
			LastSignInAt: r.LastSignInAt, AcknowledgedAt: r.AcknowledgedAt,
		}
		if r.TeamName != nil {
			list[i].Team = *r.TeamName
		}
	}
	return list, nil
}

// PendingRegulations is a hook for [Config.Pending]: whether a policy stands before everything else. Only policies that
// were published before the last sign-in count, so that nobody is stopped in the middle of a call.
func PendingRegulations(pool *pgxpool.Pool, clk clock.Clock) func(ctx context.Context, account AccountID) (string, error) {
	return func(ctx context.Context, account AccountID) (string, error) {
		now := clk.Now()
		some, err := controldb.New(pool).SomethingToAcknowledge(ctx, controldb.SomethingToAcknowledgeParams{AccountID: account.UUID(), Now: now})
		if err != nil {
			return "", fmt.Errorf("look for policies to acknowledge: %w", err)
		}
		if some {
			return PendingAcknowledgment, nil
		}
		return "", nil
	}
}
