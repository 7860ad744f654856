package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/db"
	"yingda/internal/identity/password"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// FirstPerson is one of the two people whom an empty installation gets.
type FirstPerson struct {
	Number, Name, Password string
}

// Setup is what an empty installation is told. Two people, because one requests and another approves from then on.
type Setup struct {
	Code          string // what the program printed at its start
	CentreCode    string
	CentreName    string
	Administrator FirstPerson // nation_admin
	Approver      FirstPerson // nation_manager; changes the password at the first sign-in
}

// The faults of the set-up.
var (
	ErrSetUp     = fault.New(fault.Conflict, "identity.already_set_up", "this installation has accounts").WithRemedy("sign in")
	ErrSetupCode = fault.New(fault.Denied, "identity.wrong_setup_code", "the set-up code is wrong").
			WithRemedy("the program prints it at its start; it also stands in the file setup-code of the data directory")
)

// SetupNeeded reports that there is no account yet.
//
// Unchecked: everybody who sees the sign-in page may know.
func (s *Service) SetupNeeded(ctx context.Context) (bool, error) {
	n, err := db.New(s.cfg.Pool).CountAccounts(ctx)
	if err != nil {
		return false, fmt.Errorf("look for accounts: %w", reading(err))
	}
	return n == 0, nil
}

func (s *Service) setupFile() string { return filepath.Join(s.cfg.SetupDir, "setup-code") }

// SetupCode gives the code that [Service.SetUp] wants, made at the first call and kept in the data directory for its
// owner alone; "" when the installation is set up. Who can read the directory or the program's output owns the machine.
//
// Unchecked: for the program itself, which prints it where its operator looks.
func (s *Service) SetupCode(ctx context.Context) (string, error) {
	needed, err := s.SetupNeeded(ctx)
	if err != nil || s.cfg.SetupDir == "" {
		return "", err
	}
	if !needed {
		s.removeSetupCode()
		return "", nil
	}
	code, err := s.readSetupCode()
	if err != nil || code != "" {
		return code, err
	}
	text := rand.Text()[:20] // 100 bits
	code = strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:]}, "-")
	if err := os.WriteFile(s.setupFile(), []byte(code+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the set-up code: %w", err)
	}
	return code, nil
}

func (s *Service) readSetupCode() (string, error) {
	b, err := os.ReadFile(s.setupFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the set-up code: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

func (s *Service) removeSetupCode() {
	if err := os.Remove(s.setupFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.cfg.Logger.Warn("the set-up code was not removed", "error", err)
	}
}

// SetUp makes the national centre, the first administrator and the first approver, at once or not at all.
//
// Unchecked: there is nobody yet; the set-up code is what is checked.
func (s *Service) SetUp(ctx context.Context, in Setup) error {
	needed, err := s.SetupNeeded(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return ErrSetUp
	}
	code, err := s.readSetupCode()
	if err != nil {
		return err
	}
	given := strings.ToUpper(strings.TrimSpace(in.Code))
	if code == "" || subtle.ConstantTimeCompare([]byte(code), []byte(given)) != 1 {
		return ErrSetupCode
	}
	hashes, err := s.firstHashes(ctx, in)
	if err != nil {
		return err
	}
	ctx = actor.With(ctx, actor.System("identity.setup", organization.CentreEdit, organization.StaffEdit))
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error { return s.setUp(ctx, tx, in, hashes) })
	if err != nil {
		return err
	}
	s.removeSetupCode()
	s.forget(ctx, forgetting{All: true})
	return nil
}

// firstHashes checks both passwords and hashes them.
func (s *Service) firstHashes(ctx context.Context, in Setup) ([2]string, error) {
	var out [2]string
	f := fault.New(fault.Invalid, "identity.invalid_setup", "the set-up is not complete")
	policy := s.cfg.Policy().Password
	for i, p := range []struct {
		at string
		FirstPerson
	}{{"body.administrator", in.Administrator}, {"body.approver", in.Approver}} {
		who := password.Person{Number: strings.TrimSpace(p.Number), Name: strings.TrimSpace(p.Name), Pinyin: pinyinOf(strings.TrimSpace(p.Name))}
		for _, problem := range policy.Check(p.Password, who) {
			f = f.WithFields(fault.Field{Location: p.at + ".password", Code: problem.Code, Message: problem.EN})
		}
		if strings.TrimSpace(p.Name) == "" {
			f = f.WithFields(fault.Field{Location: p.at + ".name", Code: "required", Message: "may not be empty"})
		}
		if i == 1 && strings.EqualFold(strings.TrimSpace(p.Number), strings.TrimSpace(in.Administrator.Number)) {
			f = f.WithFields(fault.Field{Location: p.at + ".number", Code: "same", Message: "must be another person"})
		}
	}
	if in.Administrator.Password == in.Approver.Password {
		f = f.WithFields(fault.Field{Location: "body.approver.password", Code: "same", Message: "must be another password"})
	}
	if len(f.Fields) > 0 {
		return out, f
	}
	var err error
	if out[0], err = s.hasher.make(ctx, in.Administrator.Password); err != nil {
		return out, err
	}
	out[1], err = s.hasher.make(ctx, in.Approver.Password)
	return out, err
}

func (s *Service) setUp(ctx context.Context, tx pgx.Tx, in Setup, hashes [2]string) error {
	if err := lockDuties(ctx, tx); err != nil {
		return err
	}
	if n, err := db.New(tx).CountAccounts(ctx); err != nil || n > 0 {
		if err != nil {
			return fmt.Errorf("look for accounts: %w", err)
		}
		return ErrSetUp // somebody was faster
	}
	centre, err := s.firstCentre(ctx, tx, in)
	if err != nil {
		return err
	}
	for i, p := range []struct {
		FirstPerson
		at   string
		role actor.Role
	}{{in.Administrator, "body.administrator.", actor.NationAdmin}, {in.Approver, "body.approver.", actor.NationManager}} {
		staff, err := s.cfg.Organization.CreateStaff(ctx, tx, organization.NewStaff{Number: p.Number, Name: p.Name, Centre: centre})
		if err != nil {
			return moveFields(err, "body.", p.at)
		}
		seed := Seed{Staff: staff.ID, Grants: []SeedGrant{{Role: string(p.role), Centre: centre}}, PasswordHash: hashes[i], MustChange: i == 1}
		if _, err := s.seed(ctx, tx, seed); err != nil {
			return err
		}
	}
	return nil
}

// firstCentre makes the nation, or takes the one that is there: an import may have come before the first account.
func (s *Service) firstCentre(ctx context.Context, tx pgx.Tx, in Setup) (organization.CentreID, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return organization.CentreID{}, err
	}
	if root, ok := tree.Root(); ok {
		return root.ID, nil
	}
	c, err := s.cfg.Organization.CreateCentre(ctx, tx, organization.NewCentre{Level: actor.Nation, Code: in.CentreCode, Name: in.CentreName})
	return c.ID, moveFields(err, "body.", "body.centre_")
}

// moveFields puts the fields of an inner request where the outer one has them.
func moveFields(err error, from, to string) error {
	f, ok := fault.As(err)
	if !ok || len(f.Fields) == 0 {
		return err
	}
	g := *f
	g.Fields = nil
	for _, field := range f.Fields {
		field.Location = to + strings.TrimPrefix(field.Location, from)
		g.Fields = append(g.Fields, field)
	}
	return &g
}

// Seed is an account that a set-up or a demonstration makes, without request and approval.
type Seed struct {
	Staff        organization.StaffID
	Grants       []SeedGrant
	PasswordHash string // of [Service.HashPassword]
	MustChange   bool
}

// SeedGrant names a role by its code.
type SeedGrant struct {
	Role   string
	Centre organization.CentreID
}

// HashPassword makes the hash of a password that many seeds share, so that it is computed once.
//
// Unchecked: it computes and touches nothing.
func (s *Service) HashPassword(ctx context.Context, password string) (string, error) {
	return s.hasher.make(ctx, password)
}

// SeedAccounts makes accounts for an empty installation or its demonstration, in tx. The actor of ctx stands in the
// audit. The roles must have been made by [Service.SyncReadyRoles].
func (s *Service) SeedAccounts(ctx context.Context, tx pgx.Tx, seeds []Seed) ([]AccountID, error) {
	ids := make([]AccountID, 0, len(seeds))
	for _, seed := range seeds {
		id, err := s.seed(ctx, tx, seed)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Service) seed(ctx context.Context, tx pgx.Tx, seed Seed) (AccountID, error) {
	id, now, q := ident.New[accountKind](), s.cfg.Clock.Now(), db.New(tx)
	err := q.InsertAccount(ctx, db.InsertAccountParams{
		ID: id.UUID(), StaffID: seed.Staff.UUID(), PasswordHash: seed.PasswordHash, PasswordChangedAt: &now, MustChangePassword: seed.MustChange, Now: now,
	})
	if err != nil {
		return id, fmt.Errorf("write account: %w", err)
	}
	acct, err := s.credential(ctx, tx, id)
	if err != nil {
		return id, err
	}
	var changes []audit.Change
	for _, g := range seed.Grants {
		role, err := q.RoleByCode(ctx, g.Role)
		if postgres.IsNoRows(err) {
			return id, ErrNoRole.WithCause(fmt.Errorf("role %s", g.Role))
		}
		if err != nil {
			return id, fmt.Errorf("find role: %w", err)
		}
		err = q.InsertAssignment(ctx, db.InsertAssignmentParams{
			ID: ident.New[assignmentKind]().UUID(), AccountID: id.UUID(), RoleID: role, CentreID: g.Centre.UUID(),
			ValidFrom: now, GrantedBy: who(ctx), Now: now,
		})
		if err != nil {
			return id, fmt.Errorf("write assignment: %w", err)
		}
		changes = append(changes, audit.Change{Field: "role", New: g.Role})
	}
	return id, s.record(ctx, tx, aboutAccount(acct.account(), "account.create", "", changes...))
}
