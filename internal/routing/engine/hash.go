package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Hash gives a digest of everything that later decisions depend on, in a canonical order. The same events at the same
// times give the same hash, on any machine.
func (e *Engine) Hash() [32]byte {
	w := &writer{buf: make([]byte, 0, 1<<16)}
	w.flag(e.begun)
	w.num(int64(e.now), int64(e.last), int64(e.options.KeepLost), int64(e.options.TellEvery))
	for _, q := range e.order {
		w.queue(q)
	}
	for _, id := range slices.SortedFunc(maps.Keys(e.agents), compareIDs) {
		w.agent(e.agents[id])
	}
	for _, id := range slices.SortedFunc(maps.Keys(e.contacts), compareIDs) {
		w.contact(e.contacts[id])
	}
	keys := slices.SortedFunc(maps.Keys(e.lost), func(a, b lostKey) int {
		if c := compareIDs(a.queue, b.queue); c != 0 {
			return c
		}
		return strings.Compare(a.caller, b.caller)
	})
	for _, key := range keys {
		for _, l := range e.lost[key] {
			w.text("lost", key.caller)
			w.id(key.queue, l.contact)
			w.num(int64(l.keyAt), int64(l.entered), int64(l.until))
		}
	}
	return sha256.Sum256(w.buf)
}

func compareIDs(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }

// writer collects what is hashed; whatever has no fixed length goes with its length before it.
type writer struct{ buf []byte }

func (w *writer) num(ns ...int64) {
	for _, n := range ns {
		w.buf = binary.AppendVarint(w.buf, n)
	}
}

func (w *writer) id(ids ...uuid.UUID) {
	for _, id := range ids {
		w.buf = append(w.buf, id[:]...)
	}
}

func (w *writer) text(ts ...string) {
	for _, t := range ts {
		w.num(int64(len(t)))
		w.buf = append(w.buf, t...)
	}
}

func (w *writer) flag(fs ...bool) {
	for _, f := range fs {
		if f {
			w.num(1)
		} else {
			w.num(0)
		}
	}
}

func (w *writer) needs(needs []Need) {
	w.num(int64(len(needs)))
	for _, n := range needs {
		w.id(n.Skill)
		w.num(int64(n.Level))
	}
}

func (w *writer) queue(q *queue) {
	w.text("queue", string(q.Channel), string(q.WrapUp.Mode), string(q.NoAgents))
	w.id(q.ID, q.Place)
	w.needs(q.Needs)
	w.num(int64(len(q.members)))
	for _, id := range slices.SortedFunc(maps.Keys(q.members), compareIDs) {
		w.id(id)
	}
	w.flag(q.Closed, q.gone)
	w.num(int64(q.Priority), int64(q.MaxWaiting), int64(q.RingFor), int64(q.WrapUp.For), int64(q.MaxWait), int64(q.Target),
		int64(q.mean), int64(q.samples), int64(q.lastTaken), int64(len(q.steps)))
	for _, s := range q.steps {
		w.num(int64(s.After), int64(s.Priority))
		w.needs(s.Needs)
		w.flag(s.Relax)
		w.id(s.Queue)
	}
}

func (w *writer) agent(a *agent) {
	w.text("agent", a.Number, string(a.post), a.reason, string(a.out), a.outReason)
	w.id(a.ID, a.wrapOf)
	w.num(int64(len(a.Places)))
	w.id(a.Places...)
	w.num(int64(len(a.Skills)))
	for _, id := range slices.SortedFunc(maps.Keys(a.Skills), compareIDs) {
		w.id(id)
		w.num(int64(a.Skills[id]))
	}
	w.num(int64(len(a.Capacity)))
	for _, ch := range slices.Sorted(maps.Keys(a.Capacity)) {
		w.text(string(ch))
		w.num(int64(a.Capacity[ch]))
	}
	w.flag(a.signedIn, a.leaving, a.reach, a.occupied, a.wantsWrap)
	w.num(int64(a.outUntil), int64(a.misses), int64(a.failures), int64(a.wrapUntil), int64(a.spare), int64(a.idle), int64(len(a.contacts)))
	for _, c := range a.contacts {
		w.id(c.ID)
	}
}

func (w *writer) contact(c *contact) {
	w.text("contact", string(c.Channel), c.Caller)
	w.id(c.ID, c.home, c.queue.ID, c.Prefer)
	w.needs(c.Needs)
	w.flag(c.rings, c.callback, c.keptBy != nil)
	w.num(int64(c.phase), int64(c.Priority), int64(c.PreferFor), int64(c.reservation), int64(c.until), c.major, c.minor, int64(c.boost),
		int64(c.step), int64(c.relaxed), int64(c.entered), int64(c.since), int64(c.preferUntil), int64(c.holdUntil),
		int64(c.failures), int64(c.tellAt), int64(c.told), int64(len(c.been)))
	w.id(c.been...)
	if c.agent != nil {
		w.id(c.agent.ID)
	}
}
