package identity

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/identity/internal/db"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// errNetwork refuses a token that was presented from elsewhere than its networks.
var errNetwork = fault.New(fault.Denied, "identity.token_network", "this token may not be used from this address").
	WithRemedy("use it from one of its networks, or make another")

// pass gives ctx with who presents a secret from an address: from memory, or from the database.
func (s *Service) pass(ctx context.Context, h tokenHash, program bool, address string) (context.Context, error) {
	v, err := s.enter(ctx, h, program, address)
	if err != nil {
		return nil, err
	}
	return actor.With(context.WithValue(ctx, viewKey{}, v), v.actor), nil
}

func (s *Service) enter(ctx context.Context, h tokenHash, program bool, address string) (*view, error) {
	now := s.cfg.Clock.Now()
	e := s.cache.get(h)
	if e == nil || e.program != program {
		var err error
		if e, err = s.load(ctx, h, program); err != nil {
			return nil, err
		}
	}
	v := e.view.Load()
	if !e.usable(v, now) {
		fresh, err := s.load(ctx, h, program)
		switch {
		case err == nil:
			e = fresh
			v = e.view.Load()
		case fault.KindOf(err) == fault.Unavailable && now.Sub(v.confirmed) < offlineFor && now.Before(v.expires) && s.cache.get(h) == e:
			again := *v
			again.refresh = now.Add(retryAfter)
			e.view.Store(&again)
			e.stale.Store(false)
		default:
			return nil, err
		}
	}
	e.seen.Store(now.UnixNano())
	if v.address == address {
		return v, nil
	}
	return e.from(v, address)
}

// from gives the view of a request from another address than the last one.
func (e *entry) from(v *view, address string) (*view, error) {
	if len(v.networks) > 0 && !inside(v.networks, address) {
		return nil, errNetwork
	}
	a := *v.actor
	a.Address = address
	next := *v
	next.actor, next.address = &a, address
	e.view.CompareAndSwap(v, &next)
	return &next, nil
}

func inside(networks []netip.Prefix, address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range networks {
		if n.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// load reads a session or token, once for all who wait for it.
func (s *Service) load(ctx context.Context, h tokenHash, program bool) (*entry, error) {
	key := string(h[:])
	if program {
		key = "t" + key
	}
	got, err, _ := s.loads.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // of all who wait, not of the first
		defer cancel()
		changes := s.cache.changes.Load()
		e := &entry{hash: h, program: program}
		if old := s.cache.get(h); old != nil && old.program == program {
			e.seen.Store(old.seen.Load()) // this process may know more than was written down
			e.written.Store(old.written.Load())
		}
		err := s.read(ctx, e)
		if err != nil {
			if fault.KindOf(err) == fault.Unauthenticated {
				s.cache.drop(h)
			}
			return nil, err
		}
		s.cache.put(e, changes)
		return e, nil
	})
	if err != nil {
		return nil, err
	}
	return got.(*entry), nil
}

// read fills an entry from the database.
func (s *Service) read(ctx context.Context, e *entry) error {
	v := &view{confirmed: s.cfg.Clock.Now()}
	var err error
	if e.program {
		err = s.readToken(ctx, e, v)
	} else {
		err = s.readSession(ctx, e, v)
	}
	if err != nil {
		return reading(err)
	}
	e.view.Store(v)
	return nil
}

// reading makes an error of the database's absence one that may be repeated.
func reading(err error) error {
	if _, ok := fault.As(err); !ok && postgres.IsAway(err) {
		return postgres.ErrUnreachable.WithCause(err)
	}
	return err
}

func (s *Service) readSession(ctx context.Context, e *entry, v *view) error {
	now, policy := v.confirmed, s.cfg.Policy()
	row, err := db.New(s.cfg.Pool).SessionByHash(ctx, e.hash[:])
	if postgres.IsNoRows(err) {
		return actor.ErrUnauthenticated
	}
	if err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	seen := max(row.LastSeenAt.UnixNano(), e.seen.Load())
	if !now.Before(row.ExpiresAt) || now.UnixNano()-seen >= int64(policy.SessionIdle) {
		return actor.ErrUnauthenticated
	}
	e.id, e.account = row.ID, row.AccountID
	e.seen.Store(seen)
	e.written.Store(row.LastSeenAt.UnixNano())
	v.method, v.expires, v.idle = row.Method, row.ExpiresAt, policy.SessionIdle
	p, err := s.person(ctx, row.AccountID, now)
	if err != nil {
		return err
	}
	e.staff = p.actor.Staff
	p.actor.Kind, p.actor.Session = actor.Person, row.ID
	if p.actor.Pending, err = s.pending(ctx, policy, p, row.TotpDue, row.Method); err != nil {
		return err
	}
	v.actor = actor.New(p.actor, p.grants)
	v.refresh = earlier(now.Add(refreshAfter), p.next)
	return nil
}

func (s *Service) readToken(ctx context.Context, e *entry, v *view) error {
	now := v.confirmed
	row, err := db.New(s.cfg.Pool).TokenByHash(ctx, e.hash[:])
	if postgres.IsNoRows(err) {
		return actor.ErrUnauthenticated
	}
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if !now.Before(row.ExpiresAt) {
		return actor.ErrUnauthenticated
	}
	e.id, e.account = row.ID, row.AccountID
	v.expires, v.method = row.ExpiresAt, "token"
	for _, n := range row.Networks {
		prefix, err := netip.ParsePrefix(n)
		if err != nil {
			return fmt.Errorf("read network of token %s: %w", row.ID, err)
		}
		v.networks = append(v.networks, prefix)
	}
	p, err := s.person(ctx, row.AccountID, now)
	if err != nil {
		return err
	}
	e.staff = p.actor.Staff
	p.actor.Kind, p.actor.Session = actor.Program, row.ID
	v.actor = actor.New(p.actor, narrowed(p.grants, permissionsOf(row.Permissions)))
	v.refresh = earlier(now.Add(refreshAfter), p.next)
	return nil
}

// person is an account ready to act.
type person struct {
	actor  actor.Actor
	row    db.ActorOfAccountRow
	grants map[actor.Permission]actor.Scope
	next   time.Time // when the grants change by themselves; zero: never
}

// person reads an account. One that may not act is nobody.
func (s *Service) person(ctx context.Context, account uuid.UUID, now time.Time) (person, error) {
	q := db.New(s.cfg.Pool)
	row, err := q.ActorOfAccount(ctx, account)
	if postgres.IsNoRows(err) || err == nil && (row.State != string(Active) || row.StaffState != string(Active)) {
		return person{}, actor.ErrUnauthenticated
	}
	if err != nil {
		return person{}, fmt.Errorf("read account: %w", err)
	}
	list, err := s.heldBy(ctx, q, account)
	if err != nil {
		return person{}, err
	}
	tree, err := s.cfg.Organization.NewestTree(ctx)
	if err != nil {
		return person{}, err
	}
	p := person{row: row, next: nextChange(now, list)}
	p.grants = grants(now, State(row.State), list, func(centre uuid.UUID) actor.Scope { return tree.Scope(centreID(centre)) })
	p.actor = actor.Actor{Account: row.ID, Staff: row.StaffID, Number: row.Number, Name: row.Name, Centre: row.CentreID}
	return p, nil
}

func (s *Service) heldBy(ctx context.Context, q *db.Queries, account uuid.UUID) ([]held, error) {
	rows, err := q.HeldByAccount(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read assignments: %w", err)
	}
	list := make([]held, len(rows))
	for i, r := range rows {
		list[i] = held{Centre: r.CentreID, From: r.ValidFrom, Until: r.ValidUntil, Permissions: permissionsOf(r.Permissions)}
	}
	return list, nil
}

// pending gives what must be done before anything else.
func (s *Service) pending(ctx context.Context, policy Policy, p person, totpDue bool, method string) (string, error) {
	byPassword := method != methodOIDC && method != methodOIDCWithMFA
	switch changed := p.row.PasswordChangedAt; {
	case totpDue:
		return PendingTOTP, nil
	case byPassword && (p.row.MustChangePassword || changed != nil && policy.Password.Expired(*changed, s.cfg.Clock.Now())):
		return PendingPassword, nil
	case method != methodOIDCWithMFA && p.row.TotpConfirmedAt == nil && s.needsTOTP(policy, p.grants):
		return PendingEnrollTOTP, nil
	}
	for _, hook := range s.cfg.Pending {
		code, err := hook(ctx, ident.From[accountKind](p.row.ID))
		if err != nil {
			return "", fmt.Errorf("ask what is pending: %w", err)
		}
		if code != "" {
			return code, nil
		}
	}
	return "", nil
}

func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

func permissionsOf(texts []string) []actor.Permission {
	list := make([]actor.Permission, len(texts))
	for i, t := range texts {
		list[i] = actor.Permission(t)
	}
	return list
}

func textsOf[T ~string](list []T) []string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = string(t)
	}
	return texts
}

// centreID gives an id its kind. The kind is named by organization only, so it is taken from the type itself.
func centreID(u uuid.UUID) organization.CentreID { return typed(organization.CentreID{}, u) }

func typed[K any](_ ident.ID[K], u uuid.UUID) ident.ID[K] { return ident.From[K](u) }

// plainAddress gives the address of host:port, IPv4 in its own form.
func plainAddress(remote string) string {
	host := remote
	if i := strings.LastIndexByte(remote, ':'); i >= 0 {
		host = remote[:i]
	}
	if strings.HasPrefix(host, "[") {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	}
	return strings.TrimPrefix(host, "::ffff:")
}
