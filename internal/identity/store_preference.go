package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/identity/internal/preferencedb"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
)

// viewPlace is with whom a view is shared; both zero: with nobody.
type viewPlace struct{ Team, Centre uuid.UUID }

// viewRow is a saved view as it is written.
type viewRow struct {
	ID      uuid.UUID
	Account uuid.UUID
	Page    string
	Draft   ViewDraft
	Place   viewPlace
}

// storedView is a saved view as it stands.
type storedView struct {
	viewRow
	Version   int
	UpdatedAt time.Time
}

// isStill refuses a change that was based on another version.
func (v storedView) isStill(version int) error {
	if v.Version == version {
		return nil
	}
	return fault.New(fault.Conflict, errViewOutdated, "you changed this view elsewhere at %s", v.UpdatedAt.UTC().Format("2006-01-02 15:04 UTC")).
		WithRemedy("look at what changed and save again")
}

// putPreference writes a value under the lock of the account, so that two writers together keep the limit.
func putPreference(ctx context.Context, tx pgx.Tx, account uuid.UUID, p Preference) error {
	q := preferencedb.New(tx)
	if _, err := q.LockAccount(ctx, account); err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	n, err := q.CountPreferences(ctx, preferencedb.CountPreferencesParams{AccountID: account, Key: p.Key})
	if err != nil {
		return fmt.Errorf("count preferences: %w", err)
	}
	if n >= maxPreferences {
		return ErrTooManyKeys
	}
	err = q.SetPreference(ctx, preferencedb.SetPreferenceParams{AccountID: account, Key: p.Key, Value: p.Value, Now: p.UpdatedAt})
	if err != nil {
		return fmt.Errorf("set preference: %w", err)
	}
	return nil
}

func viewsOf(rows []preferencedb.SavedViewsRow, account uuid.UUID) []View {
	views := make([]View, len(rows))
	for i, r := range rows {
		views[i] = View{
			ID: ident.From[viewKind](r.ID), Page: r.Page, Name: r.Name, Value: r.Value, Shared: Sharing(r.Shared), Centre: r.CentreID.UUID,
			Own: r.AccountID == account, OwnerNumber: r.OwnerNumber, OwnerName: r.OwnerName, Version: int(r.Version), UpdatedAt: r.UpdatedAt,
		}
	}
	return views
}

func staffPlace(ctx context.Context, tx pgx.Tx, staff uuid.UUID) (viewPlace, error) {
	row, err := preferencedb.New(tx).StaffPlace(ctx, staff)
	if err != nil {
		return viewPlace{}, fmt.Errorf("read where a member of staff belongs: %w", err)
	}
	return viewPlace{Team: row.TeamID.UUID, Centre: row.CentreID}, nil
}

func insertView(ctx context.Context, tx pgx.Tx, r viewRow, now time.Time) error {
	q := preferencedb.New(tx)
	if _, err := q.LockAccount(ctx, r.Account); err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	n, err := q.CountSavedViews(ctx, preferencedb.CountSavedViewsParams{AccountID: r.Account, Page: r.Page})
	if err != nil {
		return fmt.Errorf("count saved views: %w", err)
	}
	if n >= maxViews {
		return ErrTooManyViews
	}
	err = q.InsertSavedView(ctx, preferencedb.InsertSavedViewParams{
		ID: r.ID, AccountID: r.Account, Page: r.Page, Name: r.Draft.Name, Value: r.Draft.Value, Shared: string(r.Draft.Shared),
		TeamID: optional(r.Place.Team), CentreID: optional(r.Place.Centre), Now: now,
	})
	return viewWritten(err)
}

func updateView(ctx context.Context, tx pgx.Tx, r viewRow, now time.Time) error {
	return viewWritten(preferencedb.New(tx).UpdateSavedView(ctx, preferencedb.UpdateSavedViewParams{
		ID: r.ID, Name: r.Draft.Name, Value: r.Draft.Value, Shared: string(r.Draft.Shared),
		TeamID: optional(r.Place.Team), CentreID: optional(r.Place.Centre), Now: now,
	}))
}

// viewWritten maps the constraints of saved views to words.
func viewWritten(err error) error {
	switch postgres.ConstraintName(err) {
	case "saved_view_name_key":
		return ErrViewName.WithFields(fault.Field{Location: "body.name", Code: ErrViewName.Code, Message: ErrViewName.Message})
	case "saved_view_centre_fkey":
		return sharedField("organization.no_such_centre", "there is no such centre")
	}
	if err != nil {
		return fmt.Errorf("write saved view: %w", err)
	}
	return nil
}

// ownView reads and holds a view; that of somebody else is not there.
func ownView(ctx context.Context, tx pgx.Tx, id ViewID, account uuid.UUID) (storedView, error) {
	row, err := preferencedb.New(tx).LockSavedView(ctx, id.UUID())
	if postgres.IsNoRows(err) || (err == nil && row.AccountID != account) {
		return storedView{}, ErrNoView
	}
	if err != nil {
		return storedView{}, fmt.Errorf("read saved view: %w", err)
	}
	return storedView{
		viewRow: viewRow{
			ID: row.ID, Account: row.AccountID, Page: row.Page,
			Draft: ViewDraft{Name: row.Name, Value: row.Value, Shared: Sharing(row.Shared), Centre: row.CentreID.UUID},
			Place: viewPlace{Team: row.TeamID.UUID, Centre: row.CentreID.UUID},
		},
		Version: int(row.Version), UpdatedAt: row.UpdatedAt,
	}, nil
}
