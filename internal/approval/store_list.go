package approval

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/approval/internal/db"
	"yingda/internal/platform/ident"
)

// Box selects whose requests are listed.
type Box string

// The boxes.
const (
	ToDecide Box = "to_decide" // open, and the actor may decide the next step
	Mine     Box = "mine"      // asked for by the actor
	All      Box = "all"       // of the centres in scope; needs [RequestRead]
)

// Position is where a request stands in a list, which goes from the newest back.
type Position struct {
	CreatedAt time.Time `json:"t"`
	ID        RequestID `json:"i"`
}

var first = Position{CreatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: ident.From[requestKind](uuid.Max)}

// Filter selects requests; zero values select all of the box.
type Filter struct {
	Box   Box
	State State
	Kind  string
	Text  string // part of the label, or of the asker's name or number
	After *Position
	Limit int32 // 0: 50
}

// listColumns are in the order of the row that [requestOf] takes.
const listColumns = `SELECT r.id, r.kind, r.object_id, r.object_label, r.centre_id, r.province, r.city, r.subject_staff_id,
	r.requester_id, r.requester_staff, r.requester_number, r.requester_name, r.reason, r.evidence, r.payload,
	r.payload_version, r.single_key, r.state, r.step, r.needs, r.closed_by, r.closed_name, r.closed_at, r.comment,
	r.failure, r.remind_at, r.expires_at, r.reminded_at, r.version, r.created_at, r.updated_at
	FROM approval.request r WHERE (r.created_at, r.id) < ($1, $2)
	AND ($4 = '' OR r.state = $4) AND ($5 = '' OR r.kind = $5)
	AND ($6 = '' OR r.object_label ILIKE '%' || $6 || '%' OR r.requester_name ILIKE '%' || $6 || '%' OR r.requester_number ILIKE $6 || '%')`

const listNewest = ` ORDER BY r.created_at DESC, r.id DESC LIMIT $3`

// The boxes as conditions: this is the list's one builder, of fixed texts with values as parameters.
const (
	inMine    = ` AND r.requester_id = $7`
	inNation  = ``
	inCentres = ` AND r.centre_id = ANY($7::uuid[])`
	decidable = ` AND r.state = 'open' AND r.expires_at > $7 AND r.requester_id IS DISTINCT FROM $8 AND (r.requester_staff IS NULL OR r.requester_staff IS DISTINCT FROM $9)
	AND (r.subject_staff_id IS NULL OR r.subject_staff_id IS DISTINCT FROM $9)
	AND (r.needs = ANY($10::text[]) OR (r.needs, r.centre_id) IN (SELECT * FROM unnest($11::text[], $12::uuid[])))
	AND NOT EXISTS (SELECT FROM approval.step s WHERE s.request_id = r.id AND s.state = 'approved' AND (s.decider_id = $8 OR s.decider_staff = $9))`
	countDecidable = `SELECT count(*) FROM (SELECT FROM approval.request r WHERE $1::timestamptz IS NOT NULL AND $2::uuid IS NOT NULL AND ($4 || $5 || $6) = ''` + decidable + ` LIMIT $3) x`
)

// List gives the requests of a box, newest first, without their steps. The box [All] needs [RequestRead].
func (s *Service) List(ctx context.Context, f Filter) ([]Request, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	at, limit := first, int32(50)
	if f.After != nil {
		at = *f.After
	}
	if f.Limit > 0 {
		limit = f.Limit
	}
	text, args := listColumns, []any{at.CreatedAt, at.ID.UUID(), limit, string(f.State), f.Kind, likeText(f.Text)}
	switch f.Box {
	case Mine:
		text, args = text+inMine, append(args, a.Account)
	case ToDecide:
		text, args = text+decidable, append(args, s.decidableBy(a)...)
	default:
		scope, err := actor.Allow(ctx, RequestRead)
		if err != nil {
			return nil, err
		}
		if scope.IsNational() {
			text += inNation
		} else {
			text, args = text+inCentres, append(args, scope.Centres())
		}
	}
	rows, err := s.cfg.Pool.Query(ctx, text+listNewest, args...)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[db.ApprovalRequest])
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	out := make([]Request, len(list))
	for i, row := range list {
		out[i] = requestOf(row)
	}
	return out, nil
}

// decidableBy gives the parameters of the condition decidable: the permissions of all kinds that the actor holds
// nationwide, and pairs of permission and centre for those held in parts of the country.
func (s *Service) decidableBy(a *actor.Actor) []any {
	everywhere, permissions, centres := []string{}, []string{}, []uuid.UUID{}
	seen := map[actor.Permission]bool{}
	for _, k := range s.Kinds() {
		for _, p := range k.steps() {
			if seen[p] {
				continue
			}
			seen[p] = true
			scope := a.Scope(p)
			if scope.IsNational() {
				everywhere = append(everywhere, string(p))
				continue
			}
			for _, c := range scope.Centres() {
				permissions, centres = append(permissions, string(p)), append(centres, c)
			}
		}
	}
	return []any{s.cfg.Clock.Now(), optional(a.Account), optional(a.Staff), everywhere, permissions, centres}
}

// Counts are what the navigation shows.
type Counts struct {
	ToDecide int64 `json:"to_decide" doc:"Open requests that you may decide; at most 1000 are counted"`
	Mine     int64 `json:"mine" doc:"Your own open requests"`
}

const mostCounted = 1000

// Count gives the actor's counts.
func (s *Service) Count(ctx context.Context) (Counts, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return Counts{}, err
	}
	var c Counts
	args := append([]any{first.CreatedAt, first.ID.UUID(), mostCounted, "", "", ""}, s.decidableBy(a)...)
	if a.Kind == actor.Person {
		if err := s.cfg.Pool.QueryRow(ctx, countDecidable, args...).Scan(&c.ToDecide); err != nil {
			return Counts{}, fmt.Errorf("count requests to decide: %w", err)
		}
	}
	if c.Mine, err = db.New(s.cfg.Pool).CountMine(ctx, optional(a.Account)); err != nil {
		return Counts{}, fmt.Errorf("count own requests: %w", err)
	}
	return c, nil
}

// Remark is what somebody said about a request.
type Remark struct {
	By   Person
	Text string
	At   time.Time
}

// Full is a request with everything a decider reads.
type Full struct {
	Request
	Details []Detail
	// Problem is why the details could not be told, such as that the object is gone; nil otherwise.
	Problem  error
	Remarks  []Remark
	Decide   error // why the actor may not decide now; nil: they may
	Withdraw bool  // the actor may take it back
}

// Get gives a request, or [ErrNotFound] for one that the context's actor may not see.
func (s *Service) Get(ctx context.Context, id RequestID) (Full, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return Full{}, err
	}
	r, err := s.read(ctx, s.cfg.Pool, a, id)
	if err != nil {
		return Full{}, err
	}
	full := Full{Request: r, Decide: s.check(r, a), Withdraw: r.State == Open && a.Account != uuid.Nil && a.Account == r.Requester.Account}
	if k, ok := s.kind(r.Kind); !ok {
		full.Problem = ErrUnknown
	} else if k.Describe != nil {
		if full.Details, err = k.Describe(ctx, r); err != nil {
			full.Problem = err
		}
	}
	rows, err := db.New(s.cfg.Pool).Remarks(ctx, id.UUID())
	if err != nil {
		return Full{}, fmt.Errorf("read remarks: %w", err)
	}
	for _, m := range rows {
		full.Remarks = append(full.Remarks, Remark{By: Person{Account: m.AuthorID.UUID, Number: m.AuthorNumber, Name: m.AuthorName}, Text: m.Text, At: m.CreatedAt})
	}
	return full, nil
}
