package identity

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/identity/internal/preferencedb"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// Preferences gives everything that the person has set for themselves, by key.
func (s *Service) Preferences(ctx context.Context) ([]Preference, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := preferencedb.New(s.cfg.Pool).Preferences(ctx, a.Account)
	if err != nil {
		return nil, fmt.Errorf("read preferences: %w", err)
	}
	list := make([]Preference, len(rows))
	for i, r := range rows {
		list[i] = Preference{Key: r.Key, Value: r.Value, UpdatedAt: r.UpdatedAt}
	}
	return list, nil
}

// SetPreference keeps a value under a key of the person's own. The last writer wins: it is one person at two desks.
func (s *Service) SetPreference(ctx context.Context, key string, value json.RawMessage) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	var f fault.Fields
	checkKey(&f, "path.key", key)
	value = checkValue(&f, "body.value", value)
	if err := f.Err(errPreferenceBad, "the preference cannot be kept like this"); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		return putPreference(ctx, tx, a.Account, Preference{Key: key, Value: value, UpdatedAt: s.cfg.Clock.Now()})
	})
}

// DeletePreference gives up a value; one that is not there is no error.
func (s *Service) DeletePreference(ctx context.Context, key string) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	err = preferencedb.New(s.cfg.Pool).DeletePreference(ctx, preferencedb.DeletePreferenceParams{AccountID: a.Account, Key: key})
	if err != nil {
		return fmt.Errorf("delete preference: %w", err)
	}
	return nil
}

// Views lists the saved views of a page that the person sees: own ones first, then those that others share with
// their team, their centre, or a centre above it.
func (s *Service) Views(ctx context.Context, page string) ([]View, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	path, err := s.centresUp(ctx, a.Centre)
	if err != nil {
		return nil, err
	}
	rows, err := preferencedb.New(s.cfg.Pool).SavedViews(ctx, preferencedb.SavedViewsParams{
		Page: page, AccountID: a.Account, StaffID: a.Staff, Path: path,
	})
	if err != nil {
		return nil, fmt.Errorf("read saved views: %w", err)
	}
	return viewsOf(rows, a.Account), nil
}

// centresUp gives a centre and all above it.
func (s *Service) centresUp(ctx context.Context, centre uuid.UUID) ([]uuid.UUID, error) {
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	path := []uuid.UUID{}
	for _, c := range tree.Path(centreID(centre)) {
		path = append(path, c.ID.UUID())
	}
	return path, nil
}

// CreateView saves a view of the person's own.
func (s *Service) CreateView(ctx context.Context, page string, d ViewDraft) (ViewID, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return ViewID{}, err
	}
	var f fault.Fields
	checkKey(&f, "body.page", page)
	if err := f.Err(errPreferenceBad, "the view cannot be saved like this"); err != nil {
		return ViewID{}, err
	}
	if d, err = d.check(); err != nil {
		return ViewID{}, err
	}
	id := ident.New[viewKind]()
	return id, postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		place, err := s.sharing(ctx, tx, a, d)
		if err != nil {
			return err
		}
		row := viewRow{ID: id.UUID(), Account: a.Account, Page: page, Draft: d, Place: place}
		if err := insertView(ctx, tx, row, s.cfg.Clock.Now()); err != nil {
			return err
		}
		return s.recordView(ctx, tx, row, "create", nil)
	})
}

// UpdateView changes a view of the person's own. version is the one that the change was based on.
func (s *Service) UpdateView(ctx context.Context, id ViewID, version int, d ViewDraft) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	if d, err = d.check(); err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		old, err := ownView(ctx, tx, id, a.Account)
		if err != nil {
			return err
		}
		if err := old.isStill(version); err != nil {
			return err
		}
		place, err := s.sharing(ctx, tx, a, d)
		if err != nil {
			return err
		}
		row := viewRow{ID: id.UUID(), Account: a.Account, Page: old.Page, Draft: d, Place: place}
		if err := updateView(ctx, tx, row, s.cfg.Clock.Now()); err != nil {
			return err
		}
		return s.recordView(ctx, tx, row, "update", audit.Diff(viewFacts(old.viewRow), viewFacts(row)))
	})
}

// DeleteView removes a view of the person's own, for those too with whom it is shared.
func (s *Service) DeleteView(ctx context.Context, id ViewID, version int) error {
	a, err := actor.Require(ctx)
	if err != nil {
		return err
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		old, err := ownView(ctx, tx, id, a.Account)
		if err != nil {
			return err
		}
		if err := old.isStill(version); err != nil {
			return err
		}
		if err := preferencedb.New(tx).DeleteSavedView(ctx, id.UUID()); err != nil {
			return fmt.Errorf("delete saved view: %w", err)
		}
		return s.recordView(ctx, tx, old.viewRow, "delete", nil)
	})
}

// sharing decides with whom a view is shared, and whether the person may.
func (s *Service) sharing(ctx context.Context, tx pgx.Tx, a *actor.Actor, d ViewDraft) (viewPlace, error) {
	if d.Shared == Private {
		return viewPlace{}, nil
	}
	scope, err := actor.Allow(ctx, ViewShare)
	if err != nil {
		return viewPlace{}, err
	}
	own, err := staffPlace(ctx, tx, a.Staff)
	if err != nil {
		return viewPlace{}, err
	}
	if d.Shared == WithTeam {
		if own.Team == uuid.Nil {
			return viewPlace{}, sharedField("identity.no_team", "you belong to no team")
		}
		return viewPlace{Team: own.Team}, nil
	}
	centre := d.Centre
	if centre == uuid.Nil {
		centre = own.Centre
	}
	if !scope.Covers(centre) {
		return viewPlace{}, sharedField("organization.no_such_centre", "there is no such centre")
	}
	return viewPlace{Centre: centre}, nil
}

func sharedField(code, message string) error {
	var f fault.Fields
	f.Add("body.shared", code, message)
	return f.Err(errPreferenceBad, "the view cannot be shared like this")
}

// viewFacts are what the audit compares; the filters themselves are of no interest to it.
func viewFacts(r viewRow) any {
	return struct {
		Name   string  `json:"name"`
		Shared Sharing `json:"shared"`
	}{r.Draft.Name, r.Draft.Shared}
}

func (s *Service) recordView(ctx context.Context, tx pgx.Tx, r viewRow, act string, changes []audit.Change) error {
	return s.record(ctx, tx, change{topic: TopicView, id: r.ID.String(), entry: audit.Entry{
		Action: "identity.saved_view." + act, Object: audit.Object{Kind: "identity.saved_view", ID: r.ID.String(), Label: r.Page + ": " + r.Draft.Name},
		Centre: actor.From(ctx).Centre, Changes: changes,
	}})
}
