package voice

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/privacy"
	"yingda/internal/voice/ending"
	"yingda/internal/voice/internal/db"
)

func centreOf(id uuid.UUID) (c organization.CentreID) {
	_ = c.UnmarshalText([]byte(id.String())) // a UUID's text always reads
	return c
}

func staffOf(id uuid.NullUUID) (s organization.StaffID) {
	if id.Valid {
		_ = s.UnmarshalText([]byte(id.UUID.String()))
	}
	return s
}

// nullable makes null of "none".
func nullable(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.UUID{}} }

func groupOf(r db.VoiceTrunkGroup) Group {
	return Group{
		ID: ident.From[groupKind](r.ID), Code: r.Code, Name: r.Name, Centre: centreOf(r.CentreID), Note: r.Note, Version: int(r.Version),
		UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func listedGroup(r db.ListGroupsRow) Group {
	return Group{
		ID: ident.From[groupKind](r.ID), Code: r.Code, Name: r.Name, Centre: centreOf(r.CentreID), Note: r.Note, Version: int(r.Version),
		UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy, Trunks: int(r.Trunks),
	}
}

func trunkOf(r db.AllTrunksRow) Trunk {
	return Trunk{
		ID: ident.From[trunkKind](r.ID), Group: ident.From[groupKind](r.GroupID), GroupCode: r.GroupCode, Centre: centreOf(r.CentreID), Name: r.Name,
		Hosts: r.Hosts, Transport: Transport(r.Transport), Username: r.Username, HasPassword: r.PasswordSealed != nil, Register: r.Register,
		Priority: int(r.Priority), Weight: int(r.Weight), MaxCalls: int(r.MaxCalls), Codecs: r.Codecs, InbandDTMF: r.InbandDtmf, Quiet: r.Quiet,
		CallerFrom: CallerHeader(r.CallerFrom), Disabled: r.Disabled, Note: r.Note, Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func phoneOf(r db.VoicePhone) Phone {
	return Phone{
		ID: ident.From[phoneKind](r.ID), Number: r.Number, DisplayName: r.DisplayName, Centre: centreOf(r.CentreID), Staff: staffOf(r.StaffID),
		Realm: r.Realm, PasswordAt: r.PasswordAt.UTC(), Disabled: r.Disabled, Note: r.Note, Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func listedPhone(r db.ListPhonesRow) Phone {
	return Phone{
		ID: ident.From[phoneKind](r.ID), Number: r.Number, DisplayName: r.DisplayName, Centre: centreOf(r.CentreID), Staff: staffOf(r.StaffID),
		Realm: r.Realm, PasswordAt: r.PasswordAt.UTC(), Disabled: r.Disabled, Note: r.Note, Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
		StaffNumber: r.StaffNumber, StaffName: privacy.Name(r.StaffName),
	}
}

func promptOf(r db.VoicePrompt) Prompt {
	return Prompt{
		ID: ident.From[promptKind](r.ID), Name: r.Name, Centre: centreOf(r.CentreID), BlobKey: r.BlobKey, SHA256: hex.EncodeToString(r.Sha256),
		Bytes: r.Bytes, Duration: time.Duration(r.DurationMs) * time.Millisecond, SampleRate: int(r.SampleRate), Channels: int(r.Channels), Note: r.Note,
		Version: int(r.Version), UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
}

func numberOf(r db.VoiceNumberAction) NumberAction {
	n := NumberAction{
		ID: ident.From[numberKind](r.ID), Pattern: r.Pattern, Match: Match(r.Match), Name: r.Name, Centre: centreOf(r.CentreID), Act: Act(r.Act),
		Repeat: r.Repeat, Cause: ending.Reason(r.Cause), Queue: r.Queue, Flow: r.Flow, Disabled: r.Disabled, Note: r.Note, Version: int(r.Version),
		UpdatedAt: r.UpdatedAt.UTC(), UpdatedBy: r.UpdatedBy,
	}
	if r.PromptID.Valid {
		n.Prompt = ident.From[promptKind](r.PromptID.UUID)
	}
	if r.PhoneID.Valid {
		n.Phone = ident.From[phoneKind](r.PhoneID.UUID)
	}
	if r.GroupID.Valid {
		n.Group = ident.From[groupKind](r.GroupID.UUID)
	}
	return n
}

func listedNumber(r db.ListNumbersRow) NumberAction {
	n := numberOf(db.VoiceNumberAction{
		ID: r.ID, Pattern: r.Pattern, Match: r.Match, Name: r.Name, CentreID: r.CentreID, Act: r.Act, PromptID: r.PromptID, Repeat: r.Repeat,
		PhoneID: r.PhoneID, GroupID: r.GroupID, Cause: r.Cause, Queue: r.Queue, Flow: r.Flow, Disabled: r.Disabled, Note: r.Note, Version: r.Version,
		CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy,
	})
	n.PromptName, n.PhoneNumber, n.GroupCode = r.PromptName, r.PhoneNumber, r.GroupCode
	return n
}

// one reads a single row: missing where there is none.
func one[Row, Thing any](row Row, err error, of func(Row) Thing, missing error) (Thing, error) {
	var none Thing
	if postgres.IsNoRows(err) {
		return none, missing
	}
	if err != nil {
		return none, fmt.Errorf("read one: %w", err)
	}
	return of(row), nil
}

func visibleGroup(ctx context.Context, conn db.DBTX, scope actor.Scope, id GroupID) (Group, error) {
	r, err := db.New(conn).GetGroup(ctx, db.GetGroupParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	return one(r, err, groupOf, ErrNoGroup)
}

func visibleTrunk(ctx context.Context, conn db.DBTX, scope actor.Scope, id TrunkID) (Trunk, error) {
	r, err := db.New(conn).GetTrunk(ctx, db.GetTrunkParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	return one(r, err, func(r db.GetTrunkRow) Trunk { return trunkOf(db.AllTrunksRow(r)) }, ErrNoTrunk)
}

func visiblePhone(ctx context.Context, conn db.DBTX, scope actor.Scope, id PhoneID) (Phone, error) {
	r, err := db.New(conn).GetPhone(ctx, db.GetPhoneParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	return one(r, err, func(r db.GetPhoneRow) Phone { return listedPhone(db.ListPhonesRow(r)) }, ErrNoPhone)
}

func visiblePrompt(ctx context.Context, conn db.DBTX, scope actor.Scope, id PromptID) (Prompt, error) {
	r, err := db.New(conn).GetPrompt(ctx, db.GetPromptParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	return one(r, err, promptOf, ErrNoPrompt)
}

func visibleNumber(ctx context.Context, conn db.DBTX, scope actor.Scope, id NumberID) (NumberAction, error) {
	r, err := db.New(conn).GetNumber(ctx, db.GetNumberParams{ID: id.UUID(), National: scope.IsNational(), Centres: scope.Centres()})
	return one(r, err, func(r db.GetNumberRow) NumberAction { return listedNumber(db.ListNumbersRow(r)) }, ErrNoNumber)
}

// constraints say what each refusal of the database means to people.
var constraints = map[string]*fault.Fault{
	"trunk_group_code_key":      ErrGroupTaken,
	"trunk_group_fkey":          ErrGroupInUse,
	"number_action_group_fkey":  ErrGroupInUse,
	"trunk_name_key":            ErrTrunkTaken,
	"phone_number_key":          ErrPhoneTaken,
	"number_action_phone_fkey":  ErrPhoneInUse,
	"number_action_pattern_key": ErrNumberTaken,
	"prompt_name_key":           ErrPromptTaken,
	"number_action_prompt_fkey": ErrPromptInUse,
}

// refused maps the constraints of this package's tables.
func refused(doing string, err error) error {
	if err == nil {
		return nil
	}
	if known, ok := constraints[postgres.ConstraintName(err)]; ok {
		return known.WithCause(err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// changedOne maps the outcome of a change that names the version it is based on.
func changedOne(doing string, n int64, err error) error {
	if err == nil && n == 0 {
		return ErrChangedMeanwhile
	}
	return refused(doing, err)
}
