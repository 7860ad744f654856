package interaction

import (
	"context"

	"yingda/internal/platform/bus"
)

// subjectShare is by which processes tell each other whose contacts are whose, and what was said of them.
const subjectShare = "interaction.recent"

// worth keeps the entries that [Recent] learns from.
func worth(entries []Entry) []Entry {
	var list []Entry
	for i := range entries {
		if e := &entries[i]; e.Disposition != nil || e.Note != nil || e.Hop != nil && serves(e.Hop) {
			list = append(list, *e)
		}
	}
	return list
}

// share tells other processes what was stored. Who misses it asks the database instead.
func (j *Journal) share(ctx context.Context, entries []Entry) {
	list := worth(entries)
	if len(list) == 0 {
		return
	}
	if _, data, err := seal(j.cfg.Ring, list); err == nil {
		_ = j.cfg.Bus.Publish(ctx, subjectShare, append([]byte(j.instance), data...))
	}
}

// learn takes in what another process shared.
func (j *Journal) learn(_ context.Context, m bus.Message) {
	n := len(j.instance)
	if len(m.Data) < n || string(m.Data[:n]) == j.instance {
		return
	}
	if entries, _, err := Unseal(j.cfg.Ring, m.Data[n:]); err == nil {
		j.recent.take(entries)
	}
}
