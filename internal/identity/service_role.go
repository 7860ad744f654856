package identity

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/duty"
	"yingda/internal/identity/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

const (
	roleActive  = "active"
	roleRetired = "retired"
)

// Role is a named set of permissions.
type Role struct {
	ID          RoleID             `json:"id"`
	Code        string             `json:"code"`
	Ready       bool               `json:"ready" doc:"The program's own; nobody edits it, whoever wants another makes one from a copy"`
	ZH          string             `json:"name_zh"`
	EN          string             `json:"name_en"`
	Note        string             `json:"note"`
	Levels      []actor.Level      `json:"levels"`
	Permissions []actor.Permission `json:"permissions"`
	State       string             `json:"state" enum:"active,retired"`
	Holders     int                `json:"holders" doc:"Assignments that are open"`
	Version     int                `json:"version"`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
	UpdatedBy   string             `json:"updated_by"`
}

// RoleEdit is what an administrator says of a role.
type RoleEdit struct {
	ZH          string
	EN          string
	Note        string
	Levels      []actor.Level
	Permissions []actor.Permission
}

// Holder is somebody who has a role at a centre.
type Holder struct {
	Assignment AssignmentID `json:"assignment_id"`
	Account    AccountID    `json:"account_id"`
	Number     string       `json:"number"`
	Name       string       `json:"name"`
	State      State        `json:"state" enum:"active,suspended,left"`
	Centre     uuid.UUID    `json:"centre_id"`
	CentreName string       `json:"centre_name"`
	ValidFrom  time.Time    `json:"valid_from"`
	ValidUntil *time.Time   `json:"valid_until"`
}

// ErrRoleChanged is the sentinel of an edit that was based on an older version.
var ErrRoleChanged = fault.New(fault.Conflict, "identity.changed_meanwhile", "somebody changed this meanwhile")

func changedBy(what, by string, at time.Time) error {
	return fault.New(fault.Conflict, ErrRoleChanged.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("look at what changed and save again")
}

// Roles lists all roles: ready ones first, in the order people read them, then the others by code.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).Roles(ctx)
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	list := make([]Role, len(rows))
	for i, r := range rows {
		list[i] = roleOf(db.RoleByIDRow(r))
	}
	order := map[string]int{}
	for i, r := range actor.ReadyRoles() {
		order[string(r.Role)] = i - len(rows) - len(actor.ReadyRoles()) // before 0, which the others have
	}
	slices.SortStableFunc(list, func(a, b Role) int { return cmp.Compare(order[a.Code], order[b.Code]) })
	return list, nil
}

// Role gives one role.
func (s *Service) Role(ctx context.Context, id RoleID) (Role, error) {
	if _, err := actor.Allow(ctx, RoleRead); err != nil {
		return Role{}, err
	}
	return s.role(ctx, db.New(s.cfg.Pool), id)
}

func (s *Service) role(ctx context.Context, q *db.Queries, id RoleID) (Role, error) {
	row, err := q.RoleByID(ctx, id.UUID())
	if postgres.IsNoRows(err) {
		return Role{}, ErrNoRole
	}
	if err != nil {
		return Role{}, fmt.Errorf("read role: %w", err)
	}
	return roleOf(row), nil
}

func roleOf(r db.RoleByIDRow) Role {
	role := Role{
		ID: ident.From[roleKind](r.ID), Code: r.Code, Ready: r.Ready, ZH: r.NameZh, EN: r.NameEn, Note: r.Note,
		Permissions: permissionsOf(r.Permissions), State: r.State, Holders: int(r.Holders), Version: int(r.Version),
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, Levels: make([]actor.Level, len(r.Levels)),
	}
	for i, l := range r.Levels {
		role.Levels[i] = actor.Level(l)
	}
	return role
}

// Holders lists who has a role, within the scope of [RoleRead], after the assignment given, at most limit.
func (s *Service) Holders(ctx context.Context, id RoleID, after AssignmentID, limit int32) ([]Holder, error) {
	scope, err := actor.Allow(ctx, RoleRead)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).HoldersOfRole(ctx, db.HoldersOfRoleParams{
		RoleID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres(), AfterID: after.UUID(), RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list holders: %w", err)
	}
	list := make([]Holder, len(rows))
	for i, r := range rows {
		list[i] = Holder{
			Assignment: ident.From[assignmentKind](r.ID), Account: ident.From[accountKind](r.AccountID), Number: r.Number, Name: r.Name,
			State: State(r.State), Centre: r.CentreID, CentreName: r.CentreName, ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil,
		}
	}
	return list, nil
}

// allowNationwide tells who may edit what holds everywhere: only with the whole nation, because a role holds everywhere.
func allowNationwide(ctx context.Context, p actor.Permission) error {
	scope, err := actor.Allow(ctx, p)
	if err != nil {
		return err
	}
	if !scope.IsNational() {
		return fault.New(fault.Denied, "identity.national_only", "this holds in the whole country and needs %s at the national centre", p)
	}
	return nil
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{1,47}$`)

// CreateRole makes a role, usually from a copy of another.
func (s *Service) CreateRole(ctx context.Context, tx pgx.Tx, code string, e RoleEdit) (RoleID, error) {
	if err := allowNationwide(ctx, RoleEditing); err != nil {
		return RoleID{}, err
	}
	code = strings.TrimSpace(code)
	var fields fault.Fields
	fields.Check(codeForm.MatchString(code), "body.code", "invalid", "small letters, digits and _, beginning with a letter, 2 to 48 characters")
	e = s.checkRole(&fields, e, nil)
	if err := fields.Err("identity.invalid_role", "the role cannot be saved"); err != nil {
		return RoleID{}, err
	}
	id := ident.New[roleKind]()
	err := s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockDuties(ctx, tx); err != nil {
			return err
		}
		if err := s.checkDuty(ctx, tx, []duty.Holding{{Role: code, RoleZH: e.ZH, RoleEN: e.EN, Permissions: e.Permissions}}); err != nil {
			return atPermissions(err)
		}
		err := db.New(tx).InsertRole(ctx, db.InsertRoleParams{
			ID: id.UUID(), Code: code, NameZh: e.ZH, NameEn: e.EN, Note: e.Note, Levels: textsOf(e.Levels), Permissions: textsOf(e.Permissions),
			Now: s.cfg.Clock.Now(), UpdatedBy: who(ctx),
		})
		if postgres.ConstraintName(err) == "role_code_key" {
			return fault.New(fault.Conflict, "identity.role_exists", "there is a role of this code").
				WithFields(fault.Field{Location: "body.code", Code: "exists", Message: "is taken"})
		}
		if err != nil {
			return fmt.Errorf("write role: %w", err)
		}
		return s.record(ctx, tx, aboutRole(id, code, e.ZH, "role.create", audit.Diff(nil, plainRole(e))...))
	})
	return id, err
}

// UpdateRole changes a role that was read at a version. People who hold it are checked against the duty rules again.
// Errors: [ErrRoleChanged] saying by whom and when, a ready role, a role that the actor holds, duty conflicts of holders.
func (s *Service) UpdateRole(ctx context.Context, id RoleID, version int, e RoleEdit) (Role, error) {
	if err := allowNationwide(ctx, RoleEditing); err != nil {
		return Role{}, err
	}
	var out Role
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.updateRole(ctx, tx, id, version, e); err != nil {
			return err
		}
		var err error
		out, err = s.role(ctx, db.New(tx), id)
		return err
	})
	if err == nil {
		s.forget(ctx, forgetting{All: true})
	}
	return out, err
}

// updateRole does what [Service.UpdateRole] says, within tx; whoever commits it lets all processes forget afterwards.
func (s *Service) updateRole(ctx context.Context, tx pgx.Tx, id RoleID, version int, e RoleEdit) error {
	old, err := s.lockEditable(ctx, tx, id, version)
	if err != nil {
		return err
	}
	var fields fault.Fields
	fresh := s.checkRole(&fields, e, old.Permissions)
	if err := fields.Err("identity.invalid_role", "the role cannot be saved"); err != nil {
		return err
	}
	if err := s.checkHolders(ctx, tx, old, fresh); err != nil {
		return err
	}
	err = db.New(tx).UpdateRole(ctx, db.UpdateRoleParams{
		ID: id.UUID(), NameZh: fresh.ZH, NameEn: fresh.EN, Note: fresh.Note, Levels: textsOf(fresh.Levels), Permissions: textsOf(fresh.Permissions),
		State: roleActive, Now: s.cfg.Clock.Now(), UpdatedBy: who(ctx),
	})
	if err != nil {
		return fmt.Errorf("write role: %w", err)
	}
	return s.record(ctx, tx, aboutRole(id, old.Code, fresh.ZH, "role.update", audit.Diff(plainRole(old.edit()), plainRole(fresh))...))
}

// edit is the role as somebody would say it again.
func (r Role) edit() RoleEdit {
	return RoleEdit{ZH: r.ZH, EN: r.EN, Note: r.Note, Levels: r.Levels, Permissions: r.Permissions}
}

// lockEditable gives a role of administrators at the version that the edit was based on.
func (s *Service) lockEditable(ctx context.Context, tx pgx.Tx, id RoleID, version int) (Role, error) {
	if err := lockDuties(ctx, tx); err != nil {
		return Role{}, err
	}
	if _, err := db.New(tx).LockRole(ctx, id.UUID()); err != nil && !postgres.IsNoRows(err) {
		return Role{}, fmt.Errorf("lock role: %w", err)
	}
	old, err := s.role(ctx, db.New(tx), id)
	if err != nil {
		return Role{}, err
	}
	if old.Ready {
		return old, fault.New(fault.Conflict, "identity.ready_role", "ready roles are the program's").WithRemedy("make a role from a copy")
	}
	if old.Version != version {
		return old, changedBy("the role "+old.Code, old.UpdatedBy, old.UpdatedAt)
	}
	if a := actor.From(ctx); a != nil && a.Account != uuid.Nil {
		accounts, err := db.New(tx).AccountsWithRole(ctx, id.UUID())
		if err != nil {
			return old, fmt.Errorf("find holders: %w", err)
		}
		if slices.Contains(accounts, a.Account) {
			return old, fault.New(fault.Denied, "identity.own_role", "nobody edits a role that they hold").WithRemedy("ask another administrator")
		}
	}
	return old, nil
}

// checkHolders checks the duty rules for the role alone and for everybody who holds it.
func (s *Service) checkHolders(ctx context.Context, tx pgx.Tx, old Role, fresh RoleEdit) error {
	changed := duty.Holding{Role: old.Code, RoleZH: fresh.ZH, RoleEN: fresh.EN, Permissions: fresh.Permissions}
	if err := s.checkDuty(ctx, tx, []duty.Holding{changed}); err != nil {
		return atPermissions(err)
	}
	q := db.New(tx)
	accounts, err := q.AccountsWithRole(ctx, old.ID.UUID())
	if err != nil {
		return fmt.Errorf("find holders: %w", err)
	}
	all, numbers, err := holdingsOf(ctx, q, s.cfg.Clock.Now(), accounts)
	if err != nil {
		return err
	}
	rules, err := s.rules(ctx, q)
	if err != nil {
		return err
	}
	var fields fault.Fields
	for account, list := range all {
		for i := range list {
			if list[i].Role == old.Code {
				list[i] = changed
			}
		}
		for _, c := range duty.Check(rules, list) {
			fields.Add("body.permissions", "duty_conflict", numbers[account]+": "+explain(c))
		}
		if len(numbers) > 20 && fields.Err("x", "x") != nil {
			break // one is enough to refuse; a few to understand
		}
	}
	if err := fields.Err(ErrDuty.Code, "people who hold this role would hold what segregation of duties forbids"); err != nil {
		f, _ := fault.As(err)
		g := *f
		g.Kind = fault.Conflict
		return g.WithRemedy("take the other role from them first, or leave the permission out")
	}
	return nil
}

// atPermissions names the field of the role's editor.
func atPermissions(err error) error {
	f, ok := fault.As(err)
	if !ok || f.Code != ErrDuty.Code {
		return err
	}
	g := *f
	g.Fields = nil
	for _, field := range f.Fields {
		field.Location = "body.permissions"
		g.Fields = append(g.Fields, field)
	}
	return &g
}

// DeleteRole removes a role that nobody has and nobody ever had; one with a past is kept for the audit.
func (s *Service) DeleteRole(ctx context.Context, id RoleID, version int) error {
	if err := allowNationwide(ctx, RoleEditing); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		old, err := s.lockEditable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		q := db.New(tx)
		if old.Holders > 0 {
			return fault.New(fault.Conflict, "identity.role_in_use", "%d people hold this role", old.Holders).WithRemedy("take it from them first")
		}
		used, err := q.RoleWasUsed(ctx, id.UUID())
		if err != nil {
			return fmt.Errorf("look whether the role was used: %w", err)
		}
		if used { // assignments that ended refer to it: retire it
			err = q.UpdateRole(ctx, db.UpdateRoleParams{
				ID: id.UUID(), NameZh: old.ZH, NameEn: old.EN, Note: old.Note, Levels: textsOf(old.Levels), Permissions: textsOf(old.Permissions),
				State: roleRetired, Now: s.cfg.Clock.Now(), UpdatedBy: who(ctx),
			})
		} else {
			err = q.DeleteRole(ctx, id.UUID())
		}
		if err != nil {
			return fmt.Errorf("remove role: %w", err)
		}
		return s.record(ctx, tx, aboutRole(id, old.Code, old.ZH, "role.delete"))
	})
}

// levelOrder is how levels stand in a role.
var levelOrder = []actor.Level{actor.Nation, actor.Province, actor.City, actor.Site}

// checkRole puts an edit into its form and notes what is wrong. Permissions that a role had and this version no longer
// knows may stay out, never come in.
func (s *Service) checkRole(fields *fault.Fields, e RoleEdit, had []actor.Permission) RoleEdit {
	e.ZH, e.EN, e.Note = strings.TrimSpace(e.ZH), strings.TrimSpace(e.EN), strings.TrimSpace(e.Note)
	checkText(fields, "body.name_zh", e.ZH, 1, 60)
	checkText(fields, "body.name_en", e.EN, 1, 100)
	checkText(fields, "body.note", e.Note, 0, 1000)
	var levels []actor.Level
	for _, l := range levelOrder {
		if slices.Contains(e.Levels, l) {
			levels = append(levels, l)
		}
	}
	fields.Check(len(levels) > 0, "body.levels", "required", "at least one level")
	for i, l := range e.Levels {
		fields.Check(slices.Contains(levelOrder, l), fmt.Sprintf("body.levels[%d]", i), "unknown", "there is no such level")
	}
	for i, p := range e.Permissions {
		known := slices.ContainsFunc(s.cfg.Catalogue, func(d actor.Definition) bool { return d.Permission == p })
		fields.Check(known || slices.Contains(had, p), fmt.Sprintf("body.permissions[%d]", i), "unknown", "there is no such permission")
	}
	fields.Check(len(e.Permissions) <= 2000, "body.permissions", "too_many", "too many permissions")
	e.Levels = levels
	e.Permissions = append([]actor.Permission{}, slices.Compact(slices.Sorted(slices.Values(e.Permissions)))...)
	return e
}

// checkText holds free text to its length in characters and to what can be stored and shown.
func checkText(fields *fault.Fields, at, text string, least, most int) {
	n := utf8.RuneCountInString(text)
	fields.Check(n >= least, at, "required", "may not be empty")
	fields.Check(n <= most, at, "too_long", fmt.Sprintf("at most %d characters", most))
	fields.Check(utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r == 0 || unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
	}), at, "control_character", "has characters that cannot be kept")
}

func aboutRole(id RoleID, code, zh, act string, changes ...audit.Change) change {
	return change{topic: TopicRole, id: id.String(), entry: audit.Entry{
		Action: "identity." + act, Object: audit.Object{Kind: "identity.role", ID: id.String(), Label: code + " " + zh}, Changes: changes,
	}}
}

// roleFields is a role as the audit compares it.
type roleFields struct {
	ZH          string `json:"name_zh"`
	EN          string `json:"name_en"`
	Note        string `json:"note"`
	Levels      string `json:"levels"`
	Permissions string `json:"permissions"`
}

func plainRole(e RoleEdit) roleFields {
	return roleFields{ZH: e.ZH, EN: e.EN, Note: e.Note, Levels: strings.Join(textsOf(e.Levels), " "), Permissions: strings.Join(textsOf(e.Permissions), " ")}
}
