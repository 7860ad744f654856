package setting

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/actor"
	"yingda/internal/audit"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/setting/internal/db"
	"yingda/internal/setting/markdown"
)

// maxHelp bounds a help text, in characters.
const maxHelp = 20000

// HelpText is what a centre adds to the built-in help of a page ("organization.staff") or a field
// ("organization.staff.number").
type HelpText struct {
	Key       string
	Language  string // zh-CN or en
	Centre    organization.Centre
	Body      string // Markdown; empty: nothing any more
	HTML      string // safe to be shown
	Version   int
	UpdatedAt time.Time
	By        string
}

// HelpEdit is a new text; an empty body takes it away.
type HelpEdit struct {
	Key      string
	Language string
	Centre   organization.CentreID
	Body     string
	Version  int // the one that the edit was based on; 0: there was none
	Reason   string
}

var helpKey = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$`)

func validHelpKey(key string) bool { return len(key) <= 100 && helpKey.MatchString(key) }

// Help gives what the centres from the nation down to the actor's own add to the help of a page and its fields; the
// nation's first. Everybody signed in may read it.
func (s *Service) Help(ctx context.Context, page string) ([]HelpText, error) {
	a, err := actor.Require(ctx)
	if err != nil {
		return nil, err
	}
	if !validHelpKey(page) {
		return []HelpText{}, nil
	}
	tree, err := s.cfg.Organization.Tree(ctx)
	if err != nil {
		return nil, err
	}
	path := tree.Path(centreID(a.Centre))
	if root, ok := tree.Root(); len(path) == 0 && ok {
		path = []organization.Centre{root}
	}
	rows, err := db.New(s.cfg.Pool).HelpOfPage(ctx, db.HelpOfPageParams{Page: page, Centres: idsOf(path)})
	if err != nil {
		return nil, fmt.Errorf("read help of %s: %w", page, err)
	}
	place := map[string]int{}
	for i, c := range path {
		place[c.ID.String()] = i
	}
	slices.SortFunc(rows, func(a, b db.SettingHelp) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(b.Language, a.Language), cmp.Compare(place[a.CentreID.String()], place[b.CentreID.String()]))
	})
	list := make([]HelpText, len(rows))
	for i, r := range rows {
		if list[i], err = helpOf(r, path[place[r.CentreID.String()]]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func helpOf(r db.SettingHelp, centre organization.Centre) (HelpText, error) {
	shown, err := markdown.HTML(r.Body)
	return HelpText{Key: r.Key, Language: r.Language, Centre: centre, Body: r.Body, HTML: shown, Version: int(r.Version), UpdatedAt: r.UpdatedAt}, err
}

// HelpOf lists what one centre wrote (none: the actor's own), for those who maintain it; also texts that were taken away.
func (s *Service) HelpOf(ctx context.Context, centre organization.CentreID) ([]HelpText, error) {
	scope, err := actor.Allow(ctx, HelpWrite)
	if err != nil {
		return nil, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	last := path[len(path)-1]
	rows, err := db.New(s.cfg.Pool).HelpOfCentre(ctx, last.ID.UUID())
	if err != nil {
		return nil, fmt.Errorf("list help of %s: %w", last.Code, err)
	}
	list := make([]HelpText, len(rows))
	for i, r := range rows {
		list[i], err = helpOf(db.SettingHelp{Key: r.Key, Language: r.Language, CentreID: r.CentreID, Body: r.Body, Version: r.Version, UpdatedAt: r.UpdatedAt}, last)
		if err != nil {
			return nil, err
		}
		list[i].By = person(r.ActorNumber, r.ActorName)
	}
	return list, nil
}

// Preview renders a text as it would be shown.
func (s *Service) Preview(ctx context.Context, body string) (string, error) {
	if _, err := actor.Allow(ctx, HelpWrite); err != nil {
		return "", err
	}
	var f fault.Fields
	body = freeText(&f, "body.body", body, false, maxHelp)
	if err := f.Err(errInvalid.Code, "the text cannot be shown"); err != nil {
		return "", err
	}
	return markdown.HTML(body)
}

// WriteHelp saves a text. Errors: setting.invalid with the fields, setting.no_such_centre, setting.changed_meanwhile.
func (s *Service) WriteHelp(ctx context.Context, e HelpEdit) (HelpText, error) {
	scope, err := actor.Allow(ctx, HelpWrite)
	if err != nil {
		return HelpText{}, err
	}
	_, path, err := s.at(ctx, scope, e.Centre, false)
	if err != nil {
		return HelpText{}, err
	}
	if e, err = checkHelp(e); err != nil {
		return HelpText{}, err
	}
	var out HelpText
	err = postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		out, err = s.writeHelp(ctx, tx, e, path[len(path)-1])
		return err
	})
	return out, err
}

func checkHelp(e HelpEdit) (HelpEdit, error) {
	var f fault.Fields
	f.Check(validHelpKey(e.Key), "path.page", fieldPattern, "is not the key of a page or field")
	f.Check(e.Language == "zh-CN" || e.Language == "en", "body.lang", fieldUnknown, "is not zh-CN or en")
	e.Body = freeText(&f, "body.body", e.Body, false, maxHelp)
	e.Reason = freeText(&f, "body.reason", e.Reason, false, maxReason)
	return e, f.Err(errInvalid.Code, "the help text cannot be saved like this")
}

func (s *Service) writeHelp(ctx context.Context, tx pgx.Tx, e HelpEdit, centre organization.Centre) (HelpText, error) {
	if centre.Level != actor.Nation && !HelpBelow.Get(s, centre.ID.UUID()) {
		return HelpText{}, errHelpClosed
	}
	q, now, a := db.New(tx), s.cfg.Clock.Now(), actor.From(ctx)
	old, err := q.LockHelp(ctx, db.LockHelpParams{Key: e.Key, Language: e.Language, CentreID: centre.ID.UUID()})
	if err != nil && !postgres.IsNoRows(err) {
		return HelpText{}, fmt.Errorf("read help %s: %w", e.Key, err)
	}
	if int(old.Version) != e.Version {
		return HelpText{}, s.whoWroteHelp(ctx, q, e, centre, old.Version)
	}
	if old.Body == e.Body {
		return HelpText{}, ErrUnchanged
	}
	row := db.SettingHelp{Key: e.Key, Language: e.Language, CentreID: centre.ID.UUID(), Body: e.Body, Version: old.Version + 1, UpdatedAt: now}
	n, err := q.PutHelp(ctx, db.PutHelpParams{Key: row.Key, Language: row.Language, CentreID: row.CentreID, Body: row.Body, Version: row.Version, Now: now})
	if err != nil {
		return HelpText{}, fmt.Errorf("write help %s: %w", e.Key, err)
	}
	if n == 0 { // two wrote the first version at once
		return HelpText{}, s.whoWroteHelp(ctx, q, e, centre, row.Version)
	}
	err = q.InsertHelpChange(ctx, db.InsertHelpChangeParams{
		Key: row.Key, Language: row.Language, CentreID: row.CentreID, Version: row.Version, Body: row.Body, Reason: e.Reason,
		ActorNumber: a.Number, ActorName: a.Name, Now: now,
	})
	if err != nil {
		return HelpText{}, fmt.Errorf("write version of help %s: %w", e.Key, err)
	}
	out, err := helpOf(row, centre)
	if err != nil {
		return HelpText{}, err
	}
	out.By = person(a.Number, a.Name)
	return out, s.record(ctx, tx, changed{
		action: "setting.help.change", kind: "setting.help", id: e.Key, label: e.Key + " (" + e.Language + ") · " + centre.Name, centre: centre,
		reason: e.Reason, topic: TopicHelp, changes: []audit.Change{{Field: "body", Old: old.Body, New: e.Body}},
	})
}

func (s *Service) whoWroteHelp(ctx context.Context, q *db.Queries, e HelpEdit, centre organization.Centre, version int32) error {
	row, err := q.HelpChangeAt(ctx, db.HelpChangeAtParams{Key: e.Key, Language: e.Language, CentreID: centre.ID.UUID(), Version: version})
	if err != nil && !postgres.IsNoRows(err) {
		return fmt.Errorf("read who wrote help %s: %w", e.Key, err)
	}
	return changedMeanwhile(e.Key, row.ActorNumber, row.ActorName, row.ChangedAt)
}

// HelpVersion is one version of a text.
type HelpVersion struct {
	Version int
	Body    string
	Reason  string
	By      string
	At      time.Time
}

// HelpHistory gives the versions of a text, newest first, before a version (0: from the newest).
func (s *Service) HelpHistory(ctx context.Context, key, language string, centre organization.CentreID, before int, limit int32) ([]HelpVersion, error) {
	scope, err := actor.Allow(ctx, HelpWrite)
	if err != nil {
		return nil, err
	}
	_, path, err := s.at(ctx, scope, centre, true)
	if err != nil {
		return nil, err
	}
	rows, err := db.New(s.cfg.Pool).HelpChanges(ctx, db.HelpChangesParams{
		Key: key, Language: language, CentreID: path[len(path)-1].ID.UUID(), Before: beforeVersion(before), RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("read the history of help %s: %w", key, err)
	}
	list := make([]HelpVersion, len(rows))
	for i, r := range rows {
		list[i] = HelpVersion{Version: int(r.Version), Body: r.Body, Reason: r.Reason, By: person(r.ActorNumber, r.ActorName), At: r.ChangedAt}
	}
	return list, nil
}
