package routing

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/routing/engine"
)

type (
	queueKind struct{}
	breakKind struct{}
)

// The ids of this package's things.
type (
	QueueID = ident.ID[queueKind]
	BreakID = ident.ID[breakKind]
)

// Need is a skill at a least level, from 1 to 9.
type Need struct {
	Skill organization.SkillID `json:"skill_id"`
	Level int                  `json:"level" minimum:"1" maximum:"9"`
}

// Overflow widens who may serve a contact that has waited for After seconds. At least one of its other fields is set.
type Overflow struct {
	After    int      `json:"after_s" minimum:"1" maximum:"86400" doc:"Seconds of waiting"`
	Relax    bool     `json:"relax" doc:"The needs replace those of the queue"`
	Needs    []Need   `json:"needs"`
	Queue    *QueueID `json:"queue_id,omitempty" doc:"The contact moves there and keeps its time of the key press"`
	Priority int      `json:"priority" minimum:"-99" maximum:"99" doc:"Added to the contact's"`
}

// Queue is a line of contacts, as people configure it. Lengths are in seconds.
type Queue struct {
	ID             QueueID               `json:"id" audit:"-"`
	Code           string                `json:"code"`
	Name           string                `json:"name"`
	Centre         organization.CentreID `json:"centre_id"` // its agents and those of the centres below serve it
	Channel        engine.Channel        `json:"channel"`
	Needs          []Need                `json:"needs"`
	Priority       int                   `json:"priority"` // 0 to 99; the higher is served first
	Ring           int                   `json:"ring_s"`
	WrapUp         engine.WrapUpMode     `json:"wrap_up"`
	WrapUpFor      int                   `json:"wrap_up_s"`
	Overflow       []Overflow            `json:"overflow"`
	MaxWaiting     int                   `json:"max_waiting"` // 0: no limit
	MaxWait        int                   `json:"max_wait_s"`  // 0: for ever
	NoAgents       engine.NoAgents       `json:"no_agents"`
	Target         int                   `json:"target_s"` // promise of the service level; for figures only
	AnnounceNumber bool                  `json:"announce_number"`
	Music          bool                  `json:"music"`
	Position       bool                  `json:"position"` // the caller hears his place in line
	Closed         bool                  `json:"closed"`
	Note           string                `json:"note"`
	Version        int                   `json:"version" audit:"-"`
	UpdatedAt      time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy      string                `json:"updated_by" audit:"-"`
}

// Break is a reason for which an agent takes a break. The quota fields are kept for the planning of breaks.
type Break struct {
	ID          BreakID   `json:"id" audit:"-"`
	Code        string    `json:"code"`
	Name        string    `json:"name"`
	NameEN      string    `json:"name_en"`
	Place       int       `json:"place"`
	MostMinutes *int      `json:"most_minutes"` // of one break
	MostShare   *int      `json:"most_share"`   // percent of a queue's agents at once
	Retired     bool      `json:"retired"`      // may be chosen no more
	Version     int       `json:"version" audit:"-"`
	UpdatedAt   time.Time `json:"updated_at" audit:"-"`
	UpdatedBy   string    `json:"updated_by" audit:"-"`
}

// Faults of queues and breaks.
var (
	// ErrChangedMeanwhile is the sentinel of an edit that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "routing.changed_meanwhile", "somebody changed this meanwhile").
				WithRemedy("look at what changed and save again")
	ErrNotYours = fault.New(fault.Denied, "routing.not_yours", "this belongs to a centre outside of your scope").
			WithRemedy("ask an administrator of that centre")
	ErrQueueTaken = fault.New(fault.Conflict, "routing.queue_code_taken", "another queue has this code").
			WithFields(fault.Field{Location: "body.code", Code: "taken", Message: "is taken"})
	ErrBreakTaken = fault.New(fault.Conflict, "routing.break_code_taken", "another reason has this code").
			WithFields(fault.Field{Location: "body.code", Code: "taken", Message: "is taken"})
	errNoBreakRow = fault.New(fault.NotFound, "routing.no_such_break_reason", "there is no such reason for breaks")
	ErrQueueInUse = fault.New(fault.Conflict, "routing.queue_in_use", "the overflow of another queue leads here").
			WithRemedy("change the overflow of that queue first")
)

func changedMeanwhile(what, by string, at time.Time) error {
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}

// Codes of wrong fields; the page has their words.
const (
	fieldRequired  = "required"
	fieldTooLong   = "too_long"
	fieldFormat    = "format"
	fieldUnknown   = "unknown"
	fieldUnfitting = "unfitting"
	fieldRange     = "range"
)

var (
	queueCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	breakCode = regexp.MustCompile(`^[a-z0-9][a-z0-9_]{0,31}$`)
)

const mostSteps = 10 // of an overflow

// normalise trims and checks everything at once. Id, version and editor stay as they are.
func (q Queue) normalise(in surroundings) (Queue, error) {
	var f fault.Fields
	q.Code, q.Name, q.Note = strings.TrimSpace(q.Code), strings.TrimSpace(q.Name), strings.TrimSpace(q.Note)
	if q.Code == "" {
		f.Add("body.code", fieldRequired, "is missing")
	} else {
		f.Check(queueCode.MatchString(q.Code), "body.code", fieldFormat, "may have letters, digits and _.- only")
	}
	checkText(&f, "body.name", q.Name, 1, 100)
	checkText(&f, "body.note", q.Note, 0, 1000)
	in.checkCentre(&f, q.Centre)
	f.Check(slices.Contains(channels(), q.Channel), "body.channel", fieldUnknown, "is not voice, chat, mail or task")
	f.Check(slices.Contains(wrapUps(), q.WrapUp), "body.wrap_up", fieldUnknown, "is not none, timed, mandatory or optional")
	f.Check(slices.Contains(noAgents(), q.NoAgents), "body.no_agents", fieldUnknown, "is not wait, refuse or expel")
	between(&f, "body.priority", q.Priority, 0, 99)
	between(&f, "body.ring_s", q.Ring, 3, 300)
	between(&f, "body.wrap_up_s", q.WrapUpFor, 0, 3600)
	between(&f, "body.max_waiting", q.MaxWaiting, 0, 100_000)
	between(&f, "body.max_wait_s", q.MaxWait, 0, 86_400)
	between(&f, "body.target_s", q.Target, 1, 3600)
	f.Check(q.WrapUp != engine.TimedWrapUp && q.WrapUp != engine.OptionalWrapUp || q.WrapUpFor > 0, "body.wrap_up_s", fieldRequired, "is missing: how long?")
	q.Needs = in.checkNeeds(&f, "body.needs", q.Needs)
	q.Overflow = in.checkOverflow(&f, q)
	return q, f.Err("routing.invalid_queue", "the queue cannot be saved as it is")
}

func channels() []engine.Channel {
	return []engine.Channel{engine.Voice, engine.Chat, engine.Mail, engine.Task}
}

func wrapUps() []engine.WrapUpMode {
	return []engine.WrapUpMode{engine.NoWrapUp, engine.TimedWrapUp, engine.MandatoryWrapUp, engine.OptionalWrapUp}
}

func noAgents() []engine.NoAgents {
	return []engine.NoAgents{engine.WaitAnyway, engine.Refuse, engine.Expel}
}

func between(f *fault.Fields, location string, n, least, most int) {
	f.Check(n >= least && n <= most, location, fieldRange, "is out of range")
}

// checkNeeds: skills that are there, each once, at a level from 1 to 9.
func (in surroundings) checkNeeds(f *fault.Fields, location string, list []Need) []Need {
	seen := map[organization.SkillID]bool{}
	for _, n := range list {
		_, ok := in.skills[n.Skill]
		f.Check(ok, location, fieldUnknown, "names a skill that is not there")
		f.Check(!seen[n.Skill], location, fieldUnfitting, "names a skill twice")
		between(f, location, n.Level, 1, 9)
		seen[n.Skill] = true
	}
	if list == nil {
		return []Need{}
	}
	return list
}

// checkOverflow: steps by rising time, each of which does something; no step leads back here.
func (in surroundings) checkOverflow(f *fault.Fields, q Queue) []Overflow {
	const location = "body.overflow"
	f.Check(len(q.Overflow) <= mostSteps, location, fieldTooLong, "has too many steps")
	list := make([]Overflow, 0, len(q.Overflow))
	for _, o := range q.Overflow {
		between(f, location, o.After, 1, 86_400)
		between(f, location, o.Priority, -99, 99)
		if o.Queue != nil && o.Queue.IsZero() {
			o.Queue = nil
		}
		if o.Queue != nil {
			to, ok := in.queues[*o.Queue]
			f.Check(ok && *o.Queue != q.ID, location, fieldUnknown, "leads to a queue that is not there, or to itself")
			f.Check(!ok || to.Channel == q.Channel, location, fieldUnfitting, "leads to a queue of another channel")
		}
		if !o.Relax {
			o.Needs = nil
		}
		o.Needs = in.checkNeeds(f, location, o.Needs)
		f.Check(o.Relax || o.Queue != nil || o.Priority != 0, location, fieldRequired, "has a step that does nothing")
		list = append(list, o)
	}
	slices.SortStableFunc(list, func(a, b Overflow) int { return a.After - b.After })
	return list
}

// normalise trims and checks everything at once.
func (b Break) normalise() (Break, error) {
	var f fault.Fields
	b.Code, b.Name, b.NameEN = strings.TrimSpace(b.Code), strings.TrimSpace(b.Name), strings.TrimSpace(b.NameEN)
	if b.Code == "" {
		f.Add("body.code", fieldRequired, "is missing")
	} else {
		f.Check(breakCode.MatchString(b.Code), "body.code", fieldFormat, "may have small letters, digits and _ only")
	}
	checkText(&f, "body.name", b.Name, 1, 50)
	checkText(&f, "body.name_en", b.NameEN, 1, 50)
	between(&f, "body.place", b.Place, 0, 9999)
	if b.MostMinutes != nil {
		between(&f, "body.most_minutes", *b.MostMinutes, 1, 1440)
	}
	if b.MostShare != nil {
		between(&f, "body.most_share", *b.MostShare, 1, 100)
	}
	return b, f.Err("routing.invalid_break", "the reason cannot be saved as it is")
}

// Tables are the queues and breaks, in memory. A value is immutable; [Service.Tables] gives the newest.
type Tables struct {
	Loaded bool
	At     time.Time // when they were last compared with the database
	Queues []Queue   // by code
	Breaks []Break   // in their order, retired ones too

	revision int64
	queues   map[uuid.UUID]Queue
	byCode   map[string]Queue
	breaks   map[string]Break
}

func newTables(queues []Queue, breaks []Break) *Tables {
	t := &Tables{Queues: queues, Breaks: breaks, revision: -1, queues: map[uuid.UUID]Queue{}, byCode: map[string]Queue{}, breaks: map[string]Break{}}
	for _, q := range queues {
		t.queues[q.ID.UUID()], t.byCode[q.Code] = q, q
	}
	for _, b := range breaks {
		t.breaks[b.Code] = b
	}
	return t
}

// Queue gives a queue by its code.
func (t *Tables) Queue(code string) (Queue, bool) {
	q, ok := t.byCode[code]
	return q, ok
}

// Break gives a reason that may be chosen.
func (t *Tables) Break(code string) (Break, bool) {
	b, ok := t.breaks[code]
	return b, ok && !b.Retired
}

// engineQueues makes the engine's queues of all.
func (t *Tables) engineQueues() []engine.Queue {
	list := make([]engine.Queue, len(t.Queues))
	for i, q := range t.Queues {
		list[i] = q.engine()
	}
	return list
}

func (q Queue) engine() engine.Queue {
	e := engine.Queue{
		ID: q.ID.UUID(), Channel: q.Channel, Place: q.Centre.UUID(), Needs: engineNeeds(q.Needs), Priority: q.Priority, Closed: q.Closed,
		MaxWaiting: q.MaxWaiting, RingFor: seconds(q.Ring), WrapUp: engine.WrapUp{Mode: q.WrapUp, For: seconds(q.WrapUpFor)},
		MaxWait: seconds(q.MaxWait), Target: seconds(q.Target), NoAgents: q.NoAgents,
	}
	for _, o := range q.Overflow {
		step := engine.Overflow{After: seconds(o.After), Needs: engineNeeds(o.Needs), Relax: o.Relax, Priority: o.Priority}
		if o.Queue != nil {
			step.Queue = o.Queue.UUID()
		}
		e.Overflow = append(e.Overflow, step)
	}
	return e
}

func engineNeeds(list []Need) []engine.Need {
	out := make([]engine.Need, len(list))
	for i, n := range list {
		out[i] = engine.Need{Skill: n.Skill.UUID(), Level: n.Level}
	}
	return out
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// servedBy tells whether an agent may serve the queue before any overflow.
func (q Queue) servedBy(s Session) bool {
	if !slices.Contains(s.Places, q.Centre.UUID()) {
		return false
	}
	for _, n := range q.Needs {
		if s.Skills[n.Skill.UUID()] < n.Level {
			return false
		}
	}
	return true
}
