package projection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/interaction"
	"yingda/internal/platform/postgres"
)

// stored reads the position.
func (p *Projector) stored(ctx context.Context) (position uint64, messageID string, err error) {
	var n int64
	err = p.cfg.Pool.QueryRow(ctx, `SELECT position, message_id FROM interaction.projection WHERE name = 'contact'`).Scan(&n, &messageID)
	if err != nil {
		return 0, "", fmt.Errorf("read the position of the contact journal: %w", err)
	}
	return uint64(max(n, 0)), messageID, nil
}

// reset puts the position before the first message.
func (p *Projector) reset(ctx context.Context, from uint64) error {
	b := &pgx.Batch{}
	move(b, from, 0, "", p.cfg.Clock.Now())
	return run(ctx, p.cfg.Pool, b)
}

// save writes a batch and moves the position, in one transaction. The fast way is all at once; a batch that the
// database refuses is taken apart until what is wrong stands alone and is put aside.
func (p *Projector) save(ctx context.Context, b *batch) error {
	states, err := p.states(ctx, p.cfg.Pool, b.items, true)
	if err != nil {
		return err
	}
	c, err := p.apply(b.items, states)
	if err == nil {
		if err = p.makeMonths(ctx, c); err != nil {
			return err
		}
		err = postgres.InTx(ctx, p.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
			if err := p.setAside(ctx, tx, b.bad); err != nil {
				return err
			}
			return p.write(ctx, tx, c, func(q *pgx.Batch) { move(q, b.from, b.to, b.messageID, p.cfg.Clock.Now()) })
		})
	}
	if isData(err) {
		p.cfg.Logger.WarnContext(ctx, "a batch of the contact journal is refused and taken apart", "entries", len(b.items), "error", err)
		return p.saveApart(ctx, b)
	}
	if err != nil {
		return err
	}
	p.position = b.to
	for _, id := range c.order {
		s := c.states[id]
		s.began = s.rec.Began
		p.cache.put(s)
	}
	p.sawSpans(c.spans)
	return nil
}

// states gives copies of the states of the contacts that items are about; with remembered, from memory where they are.
func (p *Projector) states(ctx context.Context, q querier, items []item, remembered bool) (map[uuid.UUID]*state, error) {
	opened := map[uuid.UUID]time.Time{}
	for i := range items {
		if o := items[i].Open; o != nil {
			opened[o.Contact] = o.Began
		}
	}
	states := map[uuid.UUID]*state{}
	var fresh, others []uuid.UUID
	near := span{from: allTime.to, to: allTime.from}
	for _, id := range contacts(items) {
		if s := p.cache.get(id); s != nil && remembered {
			states[id] = s.clone()
			continue
		}
		at, ok := opened[id]
		if !ok {
			others = append(others, id)
			continue
		}
		fresh = append(fresh, id)
		near = span{earlier(near.from, at.Add(-24*time.Hour)), later(near.to, at.Add(24*time.Hour))}
	}
	for _, look := range []struct {
		ids []uuid.UUID
		in  span
	}{{fresh, near}, {others, allTime}} {
		found, err := load(ctx, q, look.ids, look.in)
		if err != nil {
			return nil, err
		}
		for id, s := range found {
			states[id] = s
		}
	}
	return states, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// makeMonths makes the partitions that changes need.
func (p *Projector) makeMonths(ctx context.Context, c *changes) error {
	for m := range c.months {
		if err := p.makeMonth(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (p *Projector) makeMonth(ctx context.Context, m time.Time) error {
	if p.months[m] {
		return nil
	}
	if _, err := p.cfg.Pool.Exec(ctx, `SELECT interaction.make_month($1)`, m); err != nil {
		return fmt.Errorf("make the tables of a month: %w", err)
	}
	p.months[m] = true
	return nil
}

// saveApart writes a batch of which something is refused.
func (p *Projector) saveApart(ctx context.Context, b *batch) error {
	p.cache.clear()
	for i := range b.items {
		for _, m := range monthsOf(&b.items[i].Entry) {
			if err := p.makeMonth(ctx, m); err != nil {
				return err
			}
		}
	}
	aside := slices.Clone(b.bad)
	err := postgres.InTx(ctx, p.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := &pgx.Batch{}
		move(q, b.from, b.to, b.messageID, p.cfg.Clock.Now())
		if err := run(ctx, tx, q); err != nil {
			return err
		}
		wrong := &batch{bad: slices.Clone(b.bad)}
		if err := p.part(ctx, tx, b.items, wrong); err != nil {
			return err
		}
		aside = wrong.bad
		return p.setAside(ctx, tx, aside)
	})
	clear(p.sessions)
	if err != nil {
		return err
	}
	p.position, b.bad = b.to, aside
	return nil
}

func monthsOf(e *interaction.Entry) []time.Time {
	switch {
	case e.Open != nil:
		return []time.Time{month(e.Open.Began)}
	case e.Hop != nil:
		return []time.Time{month(e.Hop.At)}
	case e.Span != nil:
		return []time.Time{month(e.Span.At)}
	case e.Disposition != nil:
		return []time.Time{month(e.Disposition.At)}
	}
	return []time.Time{month(e.Note.At)}
}

// part writes items within a savepoint; when they are refused, their halves; a single one is put aside.
func (p *Projector) part(ctx context.Context, tx pgx.Tx, items []item, wrong *batch) error {
	if len(items) == 0 {
		return nil
	}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		states, err := p.states(ctx, tx, items, false)
		if err != nil {
			return err
		}
		c, err := p.apply(items, states)
		if err != nil {
			return err
		}
		clear(p.sessions)
		return p.write(ctx, tx, c, nil)
	})
	switch {
	case !isData(err):
		return err
	case len(items) == 1:
		wrong.putAside(items[0], err)
		return nil
	}
	half := len(items) / 2
	if err := p.part(ctx, tx, items[:half], wrong); err != nil {
		return err
	}
	return p.part(ctx, tx, items[half:], wrong)
}

// setAside keeps what cannot be written.
func (p *Projector) setAside(ctx context.Context, tx pgx.Tx, bad []unwritable) error {
	if len(bad) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	for _, u := range bad {
		id, data := uuid.Must(uuid.NewV7()), u.data
		if !u.whole { // the message itself is sealed as it is
			var err error
			if data, err = p.cfg.Ring.Seal(purposeAside, asideContext(id), u.data); err != nil {
				return fmt.Errorf("seal an entry: %w", err)
			}
		}
		b.Queue(insertUnprojected, id, int64(u.position), u.place, data, u.whole, cut(u.cause.Error(), 1000), p.cfg.Clock.Now())
	}
	return run(ctx, tx, b)
}

func cut(s string, n int) string {
	r := []rune(s)
	return string(r[:min(n, len(r))])
}
