package voice

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/internal/db"
)

// PhoneFilter selects phones; zero values select all.
type PhoneFilter struct {
	Text   string // part of number or name
	Centre organization.CentreID
	After  *PhonePosition
	Limit  int32 // 0: 50
}

// PhonePosition is where a phone stands in the list, which goes by number.
type PhonePosition struct {
	Number string  `json:"n"`
	ID     PhoneID `json:"i"`
}

// ListPhones gives the phones of centres in the asker's scope.
func (s *Service) ListPhones(ctx context.Context, f PhoneFilter) ([]Phone, error) {
	scope, err := actor.Allow(ctx, PhoneRead)
	if err != nil {
		return nil, err
	}
	p := db.ListPhonesParams{
		National: scope.IsNational(), Centres: scope.Centres(), Centre: f.Centre.UUID(), Word: strings.TrimSpace(f.Text), RowLimit: limit(f.Limit),
	}
	if f.After != nil {
		p.AfterNumber, p.AfterID = f.After.Number, f.After.ID.UUID()
	}
	rows, err := db.New(s.cfg.Pool).ListPhones(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list phones: %w", err)
	}
	list := make([]Phone, len(rows))
	for i, r := range rows {
		list[i] = listedPhone(r)
	}
	return list, nil
}

// GetPhone gives one phone, and whether the asker may change it. Errors: [ErrNoPhone].
func (s *Service) GetPhone(ctx context.Context, id PhoneID) (p Phone, editable bool, err error) {
	scope, err := actor.Allow(ctx, PhoneRead)
	if err != nil {
		return Phone{}, false, err
	}
	p, err = visiblePhone(ctx, s.cfg.Pool, scope, id)
	return p, err == nil && actor.From(ctx).Scope(PhoneEdit).Covers(p.Centre.UUID()), err
}

// CreatePhone adds a phone and gives its password, which is kept nowhere. Errors: voice.invalid_phone with the fields,
// [ErrPhoneTaken].
func (s *Service) CreatePhone(ctx context.Context, tx pgx.Tx, e PhoneSpec) (Phone, secret.String, error) {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	return s.addPhone(ctx, tx, scope, e, newPassword())
}

// SeedPhone adds a phone with a password that is known to everybody: for the demonstration. Errors: those of
// [Service.CreatePhone].
func (s *Service) SeedPhone(ctx context.Context, tx pgx.Tx, e PhoneSpec, password secret.String) (Phone, error) {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return Phone{}, err
	}
	p, _, err := s.addPhone(ctx, tx, scope, e, password)
	return p, err
}

// addPhone is what both do.
func (s *Service) addPhone(ctx context.Context, tx pgx.Tx, scope actor.Scope, e PhoneSpec, password secret.String) (Phone, secret.String, error) {
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	p, err := e.normalise(in)
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	keptPhones.begin(ctx, s, &p)
	p.ID, p.Realm, p.PasswordAt = newPhoneID(), s.cfg.Realm, p.UpdatedAt
	sealed, err := sealHashes(s.cfg.Ring, p.ID, hashesOf(p.Number, p.Realm, password))
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	err = s.inTx(ctx, tx, func(ctx context.Context, tx pgx.Tx) error {
		if p, err = withStaff(ctx, tx, scope, p); err != nil {
			return err
		}
		return keptPhones.add(ctx, s, tx, p, func(q *db.Queries) error {
			return q.InsertPhone(ctx, db.InsertPhoneParams{
				ID: p.ID.UUID(), Number: p.Number, DisplayName: p.DisplayName, CentreID: p.Centre.UUID(), StaffID: nullable(p.Staff.UUID()), Realm: p.Realm,
				Ha1Sealed: sealed, Now: p.UpdatedAt, Disabled: p.Disabled, Note: p.Note, UpdatedBy: p.UpdatedBy,
			})
		})
	})
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	return p, password, nil
}

// withStaff finds the member of staff by number.
func withStaff(ctx context.Context, tx pgx.Tx, scope actor.Scope, p Phone) (Phone, error) {
	if p.StaffNumber == "" {
		return p, nil
	}
	r, err := db.New(tx).StaffByNumber(ctx, db.StaffByNumberParams{Number: p.StaffNumber, National: scope.IsNational(), Centres: scope.Centres()})
	if postgres.IsNoRows(err) {
		var f fault.Fields
		f.Add("body.staff_number", fieldUnknown, "is no member of staff that you may choose")
		return Phone{}, f.Err("voice.invalid_phone", "the phone cannot be saved as it is")
	}
	if err != nil {
		return Phone{}, fmt.Errorf("find staff: %w", err)
	}
	p.Staff, p.StaffName = staffOf(nullable(r.ID)), privacy.Name(r.Name)
	return p, nil
}

// lockPhone holds a phone that the asker may change until the transaction ends; sealed are its hashes.
func lockPhone(ctx context.Context, tx pgx.Tx, scope actor.Scope, id PhoneID, version int) (p Phone, sealed []byte, err error) {
	r, err := db.New(tx).LockPhone(ctx, id.UUID())
	if p, err = one(r, err, func(r db.LockPhoneRow) Phone { return listedPhone(db.ListPhonesRow(r)) }, ErrNoPhone); err != nil {
		return Phone{}, nil, err
	}
	return p, r.Ha1Sealed, keptPhones.mayChange(ctx, surroundings{scope: scope}, p, p.Number, version)
}

// UpdatePhone changes a phone that still has the version the change was based on; its number stays. A disabled phone
// is not rung and cannot register any more. Errors: [ErrNoPhone], [ErrChangedMeanwhile], voice.invalid_phone.
func (s *Service) UpdatePhone(ctx context.Context, id PhoneID, version int, e PhoneSpec) (Phone, error) {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return Phone{}, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return Phone{}, err
	}
	var p Phone
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		old, sealed, err := lockPhone(ctx, tx, scope, id, version)
		if err != nil {
			return err
		}
		e.Number = old.Number
		if p, err = e.normalise(in); err != nil {
			return err
		}
		if p, err = withStaff(ctx, tx, scope, p); err != nil {
			return err
		}
		p.ID, p.Realm, p.PasswordAt = old.ID, old.Realm, old.PasswordAt
		keptPhones.inherit(old, &p)
		fields := audit.Diff(old, p)
		if len(fields) == 0 {
			return nil
		}
		return s.savePhone(ctx, tx, &p, sealed, "voice.phone.update", fields)
	})
	if err != nil {
		return Phone{}, err
	}
	return p, nil
}

func (s *Service) savePhone(ctx context.Context, tx pgx.Tx, p *Phone, sealed []byte, act string, fields []audit.Change) error {
	return keptPhones.save(ctx, s, tx, strings.TrimPrefix(act, "voice.phone."), p, fields, func(q *db.Queries, was int32) (int64, error) {
		return q.UpdatePhone(ctx, db.UpdatePhoneParams{
			DisplayName: p.DisplayName, CentreID: p.Centre.UUID(), StaffID: nullable(p.Staff.UUID()), Realm: p.Realm, Ha1Sealed: sealed,
			PasswordAt: p.PasswordAt, Disabled: p.Disabled, Note: p.Note, Now: p.UpdatedAt, UpdatedBy: p.UpdatedBy, ID: p.ID.UUID(), Version: was,
		})
	})
}

// RenewPassword gives a phone another password and shows it; the old one ends at once, also for whoever is registered
// with it at the next refresh. Errors: [ErrNoPhone], [ErrChangedMeanwhile].
func (s *Service) RenewPassword(ctx context.Context, id PhoneID, version int) (Phone, secret.String, error) {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	var p Phone
	password := newPassword()
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		if p, _, err = lockPhone(ctx, tx, scope, id, version); err != nil {
			return err
		}
		p.Realm, p.PasswordAt = s.cfg.Realm, s.cfg.Clock.Now()
		sealed, err := sealHashes(s.cfg.Ring, id, hashesOf(p.Number, p.Realm, password))
		if err != nil {
			return err
		}
		return s.savePhone(ctx, tx, &p, sealed, "voice.phone.renew_password", []audit.Change{{Field: "password"}})
	})
	if err != nil {
		return Phone{}, secret.String{}, err
	}
	return p, password, nil
}

// DeletePhone takes away a phone. Errors: [ErrNoPhone], [ErrChangedMeanwhile], [ErrPhoneInUse].
func (s *Service) DeletePhone(ctx context.Context, id PhoneID, version int) error {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return err
	}
	return s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		p, _, err := lockPhone(ctx, tx, scope, id, version)
		if err != nil {
			return err
		}
		return keptPhones.remove(ctx, s, tx, p, func(q *db.Queries, was int32) (int64, error) {
			return q.DeletePhone(ctx, db.DeletePhoneParams{ID: id.UUID(), Version: was})
		})
	})
}

// OffersSHA256 tells the registrar which algorithms phones are offered. The hashes of both are always kept, so that the
// choice changes no password.
//
// Unchecked: it is a choice of the configuration.
func (s *Service) OffersSHA256() bool { return s.cfg.SHA256 }

// HA1 gives what a phone authenticates with (RFC 7616): false when there is no such phone in use, when its password
// was made for another realm, or for an algorithm that is not MD5 or SHA-256. It touches no database.
//
// Unchecked: the registrar asks, to find out who the other side is.
func (s *Service) HA1(_ context.Context, user, realm, algorithm string) (string, bool, error) {
	p, ok := s.tables.Load().phones[user]
	if !ok || p.Disabled || p.Realm != realm {
		return "", false, nil
	}
	h, err := openHashes(s.cfg.Ring, p.ID, p.sealed)
	if err != nil {
		return "", false, fmt.Errorf("open the hashes of phone %s: %w", p.ID, err)
	}
	value, ok := h.of(algorithm)
	return value, ok, nil
}
