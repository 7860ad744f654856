package interaction

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/postgres"
)

// DeskDay is what an agent did today, in the business zone, and the contacts that he served last.
type DeskDay struct {
	Since    time.Time     `json:"since" doc:"When the day began"`
	Handled  int           `json:"handled" doc:"Contacts that began today and that he talked to last"`
	TalkMS   int64         `json:"talk_ms" doc:"Average of those; hold included"`
	WrapMS   int64         `json:"wrap_ms" doc:"Average of those"`
	Missed   int           `json:"missed" doc:"Offers of today that he did not answer"`
	Undone   int           `json:"undone" doc:"Of the contacts handled: nothing was said of what they were about"`
	ReadyMS  int64         `json:"ready_ms" doc:"Sum of today"`
	BreakMS  int64         `json:"break_ms" doc:"Sum of today"`
	Contacts []ContactItem `json:"contacts" doc:"The last ones, the newest first; at most 30 of the last seven days"`
}

// deskContacts is how many contacts a desk lists.
const deskContacts = 30

// MyDay gives what the actor did today, and his last contacts.
func (s *Service) MyDay(ctx context.Context) (DeskDay, error) {
	if _, err := actor.Allow(ctx, ContactOwn); err != nil {
		return DeskDay{}, err
	}
	a := actor.From(ctx)
	now := s.cfg.Clock.Now()
	day := DeskDay{Since: startOfDay(now), Contacts: []ContactItem{}}
	if a.Staff == uuid.Nil {
		return day, nil
	}
	if err := s.countDay(ctx, a.Staff, now, &day); err != nil {
		return day, err
	}
	const last = `SELECT c.id FROM interaction.contact c WHERE c.agent_id = $1 AND c.began_at >= $2 ORDER BY c.began_at DESC, c.id DESC LIMIT $3`
	rows, err := s.cfg.Pool.Query(ctx, `SELECT c.id, c.began_at, c.channel, c.direction, c.caller, c.caller_area, c.called, c.simulated, c.last_queue_id,
		c.talking_at, c.ended_at, c.ring_ms, c.talk_ms, c.wrap_ms, c.outcome, c.noted, coalesce(d.code, ''), coalesce(d.path, ''), coalesce(d.path_en, '')
		FROM interaction.contact c LEFT JOIN interaction.disposition_code d ON d.id = c.disposition_id
		WHERE c.id IN (`+last+`) AND c.began_at >= $2 ORDER BY c.began_at DESC, c.id DESC`, a.Staff, now.Add(-listSpan), deskContacts)
	if err != nil {
		return day, fmt.Errorf("read an agent's last contacts: %w", err)
	}
	place := s.placeNames(ctx)
	day.Contacts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (ContactItem, error) {
		var c ContactItem
		var area string
		var queue uuid.NullUUID
		err := row.Scan(&c.ID, &c.Began, &c.Channel, &c.Direction, &c.Caller, &area, &c.Called, &c.Simulated, &queue, &c.Talking, &c.Ended,
			&c.RingMS, &c.TalkMS, &c.WrapMS, &c.Outcome, &c.Noted, &c.Code, &c.Disposition, &c.DispositionEN)
		c.Began, c.Talking, c.Ended = c.Began.UTC(), utc(c.Talking), utc(c.Ended)
		c.Queue, c.Home, c.Agent = s.queueRef(orNil(queue)), homeOf(area, place), person(a.Staff, a.Number, a.Name)
		return c, err
	})
	return day, wrap("read an agent's last contacts", err)
}

// startOfDay gives midnight of the business zone.
func startOfDay(now time.Time) time.Time {
	zone, err := time.LoadLocation(organization.DefaultTimeZone)
	if err != nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
}

// countDay counts contacts by their records, and time by the spans that the router told.
func (s *Service) countDay(ctx context.Context, staff uuid.UUID, now time.Time, day *DeskDay) error {
	err := s.cfg.Pool.QueryRow(ctx, `SELECT count(*), coalesce(avg(talk_ms), 0)::bigint, coalesce(avg(wrap_ms), 0)::bigint, count(*) FILTER (WHERE disposition_id IS NULL)
		FROM interaction.contact WHERE agent_id = $1 AND began_at >= $2 AND talking_at IS NOT NULL`, staff, day.Since).
		Scan(&day.Handled, &day.TalkMS, &day.WrapMS, &day.Undone)
	if err != nil {
		return fmt.Errorf("count an agent's contacts: %w", err)
	}
	// A span that began yesterday counts from midnight; it is found within a day before.
	err = s.cfg.Pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'no_answer' AND began_at >= $2),
		coalesce(sum(`+spanMS+`) FILTER (WHERE state = 'ready'), 0)::bigint, coalesce(sum(`+spanMS+`) FILTER (WHERE state = 'break'), 0)::bigint
		FROM interaction.agent_span WHERE agent_id = $1 AND began_at >= $2::timestamptz - interval '1 day' AND coalesce(ended_at, $3) > $2`, staff, day.Since, now).
		Scan(&day.Missed, &day.ReadyMS, &day.BreakMS)
	return wrap("count an agent's time", err)
}

// spanMS is the part of a span that lies in the day, in milliseconds.
const spanMS = `extract(epoch FROM greatest(coalesce(ended_at, $3) - greatest(began_at, $2), interval '0')) * 1000`

// DeskContact is what an agent sees of a contact that he is offered, beside what the router tells of it.
type DeskContact struct {
	ID        uuid.UUID       `json:"id"`
	Known     bool            `json:"known" doc:"false: its record is not written yet; ask again in a moment"`
	Served    bool            `json:"served" doc:"You accepted it: you may say what it was about"`
	Began     time.Time       `json:"began_at"`
	Caller    string          `json:"caller" privacy:"-" doc:"Masked before it was stored"`
	Home      *Area           `json:"home,omitempty" doc:"Home of the number (归属地); none: unknown"`
	Called    string          `json:"called" privacy:"-" doc:"Our number"`
	Simulated bool            `json:"simulated"`
	Flow      string          `json:"flow"`
	Path      []DeskStep      `json:"path" doc:"Which keys the caller pressed where"`
	Before    *RelatedContact `json:"before,omitempty" doc:"The caller's last contact of seven days"`
}

// DeskStep is one key of the caller in a flow.
type DeskStep struct {
	Node string `json:"node"`
	Key  string `json:"key"`
}

// MyContact gives a contact that was offered to the actor, or that he served; one that is not Known when there is no such
// record, which is so for the first moment of a contact.
func (s *Service) MyContact(ctx context.Context, id uuid.UUID) (DeskContact, error) {
	if _, err := actor.Allow(ctx, ContactOwn); err != nil {
		return DeskContact{}, err
	}
	a := actor.From(ctx)
	c := DeskContact{ID: id, Path: []DeskStep{}}
	var area string
	err := s.cfg.Pool.QueryRow(ctx, `SELECT c.began_at, c.caller, c.caller_area, c.called, c.simulated, c.flow,
			EXISTS (SELECT 1 FROM interaction.hop h WHERE h.contact_id = c.id AND h.began_at = c.began_at AND h.agent_id = $2 AND h.kind IN ('accepted', 'talking', 'wrap_up_began'))
		FROM interaction.contact c WHERE c.id = $1 AND EXISTS (SELECT 1 FROM interaction.hop h WHERE h.contact_id = c.id AND h.began_at = c.began_at AND h.agent_id = $2)`, id, a.Staff).
		Scan(&c.Began, &c.Caller, &area, &c.Called, &c.Simulated, &c.Flow, &c.Served)
	if postgres.IsNoRows(err) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("read a contact for its agent: %w", err)
	}
	c.Known, c.Home = true, homeOf(area, s.placeNames(ctx))
	if c.Path, err = s.pathOf(ctx, id, c.Began); err != nil {
		return c, err
	}
	c.Before, err = s.contactBefore(ctx, id, c.Began)
	c.Began = c.Began.UTC()
	return c, err
}

func (s *Service) pathOf(ctx context.Context, id uuid.UUID, began time.Time) ([]DeskStep, error) {
	rows, err := s.cfg.Pool.Query(ctx, `SELECT detail FROM interaction.hop WHERE contact_id = $1 AND began_at = $2 AND kind = 'flow_step' AND detail ? 'key' ORDER BY at, seq`, id, began)
	if err != nil {
		return nil, fmt.Errorf("read the path of a contact: %w", err)
	}
	path, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (DeskStep, error) {
		var raw []byte
		if err := row.Scan(&raw); err != nil {
			return DeskStep{}, err
		}
		var d Detail
		err := json.Unmarshal(raw, &d)
		return DeskStep{d.Node, d.Key}, err
	})
	return path, wrap("read the path of a contact", err)
}

// contactBefore finds the last of the same caller, in whatever centre: the agent who has him now may know.
func (s *Service) contactBefore(ctx context.Context, id uuid.UUID, began time.Time) (*RelatedContact, error) {
	var r RelatedContact
	var queue, agent uuid.NullUUID
	var number, name string
	err := s.cfg.Pool.QueryRow(ctx, `SELECT c.id, x.why, c.began_at, c.outcome, c.last_queue_id, c.agent_id, coalesce(a.number, ''), coalesce(a.name, ''),
			coalesce(d.path, ''), coalesce(d.path_en, '')
		FROM interaction.related x JOIN interaction.contact c ON c.id = x.other_id
		LEFT JOIN organization.staff a ON a.id = c.agent_id LEFT JOIN interaction.disposition_code d ON d.id = c.disposition_id
		WHERE x.contact_id = $1 AND x.began_at = $2 AND c.began_at < $2 ORDER BY c.began_at DESC LIMIT 1`, id, began).
		Scan(&r.ID, &r.Why, &r.Began, &r.Outcome, &queue, &agent, &number, &name, &r.Disposition, &r.DispositionEN)
	if postgres.IsNoRows(err) {
		return nil, nil
	}
	r.Began, r.Queue, r.Agent = r.Began.UTC(), s.queueRef(orNil(queue)), person(orNil(agent), number, name)
	return &r, wrap("read the contact before", err)
}
