package app

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"

	"yingda/internal/interaction"
	"yingda/internal/interaction/projection"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/config"
	"yingda/internal/setting"
)

// contactsLive is the live topic by which pages hear that records of contacts changed.
const contactsLive = "contacts.changed"

// joinJournal makes the contact journal: every process writes what it knows, and knows what it wrote lately. It begins
// before whatever writes and stops after it.
func (a *App) joinJournal(ctx context.Context) (*interaction.Journal, error) {
	j := interaction.NewJournal(interaction.JournalConfig{
		Bus: a.bus, Ring: a.keys, Node: a.cfg.Node, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer(),
	})
	a.monitor.Register(j.Health())
	return j, a.begin(ctx, j)
}

// joinInteraction makes the records of contacts. Processes that work in the background write them; one at a time does.
func (a *App) joinInteraction(ctx context.Context, units *organization.Service, settings *setting.Service, numbers *numbering.Service) (*interaction.Service, error) {
	d := a.domains
	s := interaction.New(interaction.Config{
		Pool: a.pool, Ring: a.keys, Journal: d.journal, Organization: units, Settings: settings, Clock: a.clock, Logger: a.log,
		QueueName: func(id uuid.UUID) string {
			if d.routing == nil {
				return ""
			}
			q, _ := d.routing.QueueByID(id)
			return q.Name
		},
	})
	if !a.cfg.Has(config.Worker) {
		return s, nil
	}
	if err := s.KeepMonths(ctx); err != nil {
		return nil, err
	}
	p := projection.New(projection.Config{
		Pool: a.pool, Bus: a.bus, Ring: a.keys, Journal: d.journal, Living: d.journal.Living, Clock: a.clock, Logger: a.log,
		Metrics: a.metrics.Registerer(), Tell: func() { a.tell(contactsLive) },
		Area: func(n numbering.Phone, at time.Time) string {
			home := numbers.Home(n, at)
			return cmp.Or(home.City, home.Province)
		},
	})
	a.monitor.Register(p.Health())
	if err := a.begin(ctx, p); err != nil {
		return nil, err
	}
	return s, a.begin(ctx, s.Namer())
}
