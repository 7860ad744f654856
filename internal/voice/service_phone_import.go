package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/sheet"
	"yingda/internal/voice/internal/db"
)

// NewPassword is what a phone that was just made authenticates with. It is kept nowhere.
type NewPassword struct {
	Phone    Phone
	Password secret.String
}

// ImportPhones makes and changes phones by a workbook in the form of the export, all of it or, when a row is rejected,
// nothing; with dryRun it only tells what would happen. A row means the phone of its number; where the phone is
// registered is read over. Phones that it made come with their passwords, in the order of the rows: this is the only
// time they are seen. Errors: those of package sheet.
func (s *Service) ImportPhones(ctx context.Context, data []byte, dryRun bool) (*sheet.Report, []NewPassword, error) {
	scope, err := actor.Allow(ctx, PhoneEdit)
	if err != nil {
		return nil, nil, err
	}
	rows, err := phoneTable.Read(data, maxImport)
	if err != nil {
		return nil, nil, err
	}
	in, err := s.surroundings(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	imp := phoneImport{Service: s, in: in, centres: map[string]organization.CentreID{}, report: sheet.NewReport(dryRun)}
	for _, c := range in.tree.Centres() {
		if scope.Covers(c.ID.UUID()) {
			imp.centres[c.Code] = c.ID
		}
	}
	err = s.inTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error { return imp.run(ctx, tx, rows) })
	if errors.Is(err, errNotApplied) {
		return imp.report, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return imp.report, imp.made, nil
}

// phoneImport is one import under way.
type phoneImport struct {
	*Service
	in      surroundings
	centres map[string]organization.CentreID // by code; those that the editor may choose
	report  *sheet.Report
	made    []NewPassword
}

func (i *phoneImport) run(ctx context.Context, tx pgx.Tx, rows []sheet.Row) error {
	for _, r := range rows {
		line, err := importRow(ctx, tx, r, func(ctx context.Context, tx pgx.Tx) (sheet.Line, error) { return i.row(ctx, tx, r) })
		if err != nil {
			return err
		}
		i.report.Add(line)
	}
	if i.report.DryRun || i.report.Rejected > 0 {
		return errNotApplied
	}
	return audit.Write(ctx, tx, i.cfg.Clock.Now(), audit.Entry{
		Action: "voice.phone.import",
		Object: audit.Object{Kind: "voice.phone", Label: fmt.Sprintf("%d rows: %d new, %d changed", i.report.Rows, i.report.Create, i.report.Update)},
	})
}

// row makes or changes the phone of one row.
func (i *phoneImport) row(ctx context.Context, tx pgx.Tx, r sheet.Row) (sheet.Line, error) {
	line := sheet.Line{Label: r.Get("number"), Action: sheet.Create}
	found, err := db.New(tx).LockPhoneByNumber(ctx, r.Get("number"))
	if postgres.IsNoRows(err) {
		e, err := i.spec(r, Phone{})
		if err != nil {
			return line, err
		}
		p, password, err := i.CreatePhone(ctx, tx, e)
		if err == nil {
			i.made = append(i.made, NewPassword{p, password})
		}
		return line, err
	}
	if err != nil {
		return line, fmt.Errorf("find phone: %w", err)
	}
	old := listedPhone(db.ListPhonesRow(found))
	if !i.in.scope.Covers(old.Centre.UUID()) {
		return line, ErrPhoneTaken // another's; nothing of it is told
	}
	e, err := i.spec(r, old)
	if err != nil {
		return line, err
	}
	line.Action = sheet.Update
	line.Changes, err = i.change(ctx, tx, old, found.Ha1Sealed, e)
	if err == nil && len(line.Changes) == 0 {
		line.Action = sheet.Same
	}
	return line, err
}

// change gives the fields that it changed; the password stays.
func (i *phoneImport) change(ctx context.Context, tx pgx.Tx, old Phone, sealed []byte, e PhoneSpec) ([]string, error) {
	p, err := e.normalise(i.in)
	if err != nil {
		return nil, err
	}
	if p, err = withStaff(ctx, tx, i.in.scope, p); err != nil {
		return nil, err
	}
	p.ID, p.Realm, p.PasswordAt, p.Version = old.ID, old.Realm, old.PasswordAt, old.Version
	fields := audit.Diff(old, p)
	if len(fields) == 0 {
		return nil, nil
	}
	columns := map[string]string{"centre_id": "centre", "staff_id": "staff_number"}
	var changed []string
	for _, f := range fields {
		if column, ok := columns[f.Field]; ok {
			f.Field = column
		}
		changed = append(changed, f.Field)
	}
	return changed, i.savePhone(ctx, tx, &p, sealed, "voice.phone.update", fields)
}

// spec reads the cells of a row. What the file has no column for stays as it is.
func (i *phoneImport) spec(r sheet.Row, old Phone) (PhoneSpec, error) {
	var f fault.Fields
	e := PhoneSpec{
		Number: r.Get("number"), DisplayName: r.Get("display_name"), Centre: i.centres[r.Get("centre")], StaffNumber: r.Get("staff_number"),
		Disabled: yesCell(&f, r, "disabled"), Note: r.Get("note"),
	}
	f.Check(!e.Centre.IsZero(), "body.centre", fieldUnknown, "is no centre that you may choose")
	if !r.Has("staff_number") {
		e.StaffNumber = old.StaffNumber
	}
	if !r.Has("disabled") {
		e.Disabled = old.Disabled
	}
	if !r.Has("note") {
		e.Note = old.Note
	}
	return e, f.Err("voice.invalid_phone", "the row cannot be taken")
}

var passwordTable = sheet.Table{Key: "phone_passwords", ZH: "话机密码", EN: "Phone passwords", Columns: []sheet.Column{
	{Key: "number", ZH: "号码（用户名）", EN: "Number (user)", Width: 16}, {Key: "display_name", ZH: "名称", EN: "Name", Width: 24, Kind: sheet.Free},
	{Key: "realm", ZH: "认证域", EN: "Realm", Width: 16, Kind: sheet.Free}, {Key: "password", ZH: "密码", EN: "Password", Width: 28, Kind: sheet.Free},
}}

// writePasswords writes the passwords in the open as a workbook for who installs the phones.
func writePasswords(w io.Writer, lang string, made []NewPassword) error {
	rows := make([][]any, len(made))
	for i, m := range made {
		rows[i] = []any{m.Phone.Number, m.Phone.DisplayName, m.Phone.Realm, m.Password.Reveal()}
	}
	return passwordTable.Write(w, lang, sheet.Rows(rows...))
}

// passwordFile is that workbook; nothing without a password.
func (s *Service) passwordFile(lang string, made []NewPassword) (name string, content []byte, err error) {
	if len(made) == 0 {
		return "", nil, nil
	}
	var out bytes.Buffer
	if err := writePasswords(&out, lang, made); err != nil {
		return "", nil, err
	}
	return passwordTable.FileName(lang, s.cfg.Clock.Now()), out.Bytes(), nil
}
