package voice

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/outbox"
	"yingda/internal/voice/internal/db"
)

// kept is what making, changing and removing a thing of one kind have in common with the other kinds: the stamp on the
// row, the version that a change is based on, the audit entry and the event. What is special to a kind, its columns and
// what it leads to, stays with the kind.
type kept[T any] struct {
	kind    string                // "voice.trunk": of audit entries, and the beginning of their actions
	noun    string                // "trunk": in errors that no person sees
	topic   outbox.Topic[Changed] // told of every change
	read    actor.Permission      // who has it sees the nation's too; empty: nobody sees what is not of his centres
	missing error                 // what is said of one that is not there, or that the asker may not see
	stamp   func(*T) stamp
}

// stamp is what every kept thing has.
type stamp struct {
	id      string
	label   string // what colleagues know it by
	centre  organization.CentreID
	version *int
	at      *time.Time
	by      *string
}

// The kinds.
var (
	keptGroups = kept[Group]{"voice.trunk_group", "trunk group", TopicTrunk, TrunkRead, ErrNoGroup, func(g *Group) stamp {
		return stamp{g.ID.String(), g.Code, g.Centre, &g.Version, &g.UpdatedAt, &g.UpdatedBy}
	}}
	keptTrunks = kept[Trunk]{"voice.trunk", "trunk", TopicTrunk, TrunkRead, ErrNoTrunk, func(t *Trunk) stamp {
		return stamp{t.ID.String(), t.Name, t.Centre, &t.Version, &t.UpdatedAt, &t.UpdatedBy}
	}}
	keptPhones = kept[Phone]{"voice.phone", "phone", TopicPhone, "", ErrNoPhone, func(p *Phone) stamp {
		return stamp{p.ID.String(), p.Number, p.Centre, &p.Version, &p.UpdatedAt, &p.UpdatedBy}
	}}
	keptPrompts = kept[Prompt]{"voice.prompt", "prompt", TopicPrompt, NumberRead, ErrNoPrompt, func(p *Prompt) stamp {
		return stamp{p.ID.String(), p.Name, p.Centre, &p.Version, &p.UpdatedAt, &p.UpdatedBy}
	}}
	keptNumbers = kept[NumberAction]{"voice.number", "number action", TopicNumber, NumberRead, ErrNoNumber, func(n *NumberAction) stamp {
		return stamp{n.ID.String(), n.Display(), n.Centre, &n.Version, &n.UpdatedAt, &n.UpdatedBy}
	}}
)

// record writes the audit entry and the event of what was done to a thing; what is such as "update".
func (k kept[T]) record(ctx context.Context, s *Service, tx pgx.Tx, what string, thing T, fields []audit.Change) error {
	at := k.stamp(&thing)
	return s.record(ctx, tx, change{
		act: k.kind + "." + what, topic: k.topic, object: audit.Object{Kind: k.kind, ID: at.id, Label: at.label}, centre: at.centre, fields: fields,
	})
}

// begin stamps a thing that is made now; it has its id already.
func (k kept[T]) begin(ctx context.Context, s *Service, thing *T) {
	at := k.stamp(thing)
	*at.version, *at.at, *at.by = 1, s.cfg.Clock.Now(), who(ctx)
}

// add writes a thing that was begun, by its own insert.
func (k kept[T]) add(ctx context.Context, s *Service, tx pgx.Tx, thing T, insert func(*db.Queries) error) error {
	if err := refused("add "+k.noun, insert(db.New(tx))); err != nil {
		return err
	}
	var none T
	return k.record(ctx, s, tx, "create", thing, audit.Diff(none, thing))
}

// mayChange says whether the asker may change a thing that was read, which must have the version that he saw; else it is
// missing, another's, or changed meanwhile by somebody who is named with the name by which the thing is called.
func (k kept[T]) mayChange(ctx context.Context, in surroundings, thing T, name string, version int) error {
	at := k.stamp(&thing)
	switch {
	case in.scope.Covers(at.centre.UUID()):
	case k.read == "":
		return k.missing
	default:
		return in.reach(ctx, k.read, at.centre, k.missing)
	}
	if *at.version != version {
		return changedMeanwhile(name, *at.by, *at.at)
	}
	return nil
}

// inherit gives a changed thing the stamp of the one it takes the place of, so that they differ in what was changed.
func (k kept[T]) inherit(old T, thing *T) {
	was, at := k.stamp(&old), k.stamp(thing)
	*at.version, *at.at, *at.by = *was.version, *was.at, *was.by
}

// save writes a thing whose fields changed, by its own update, as the next version. The update gets the thing with its
// new stamp and the version that it replaces, and gives how many rows it met.
func (k kept[T]) save(ctx context.Context, s *Service, tx pgx.Tx, what string, thing *T, fields []audit.Change, update func(q *db.Queries, was int32) (int64, error)) error {
	at := k.stamp(thing)
	was := *at.version
	*at.version, *at.at, *at.by = was+1, s.cfg.Clock.Now(), who(ctx)
	n, err := update(db.New(tx), number32(was))
	if err := changedOne("change "+k.noun, n, err); err != nil {
		return err
	}
	return k.record(ctx, s, tx, what, *thing, fields)
}

// remove takes a thing away that was read under lock, by its own delete.
func (k kept[T]) remove(ctx context.Context, s *Service, tx pgx.Tx, thing T, del func(q *db.Queries, was int32) (int64, error)) error {
	n, err := del(db.New(tx), number32(*k.stamp(&thing).version))
	if err := changedOne("delete "+k.noun, n, err); err != nil {
		return err
	}
	var none T
	return k.record(ctx, s, tx, "delete", thing, audit.Diff(thing, none))
}

// number32 is a figure that was checked to be small.
func number32(n int) int32 { return int32(n) }
