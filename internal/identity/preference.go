package identity

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/outbox"
)

// Preferences are what a person sets for themselves and finds again at the next desk: language, light, widths of
// columns, keys. Only the pages know what a key means; here a value is JSON of bounded size. A saved view is a
// named set of filters of one list, kept private, or shared with the owner's team or with a centre and all below
// it. Only its owner changes it.

type viewKind struct{}

// ViewID identifies a saved view.
type ViewID = ident.ID[viewKind]

// ViewShare allows sharing a saved view with the own team or with a centre inside the scope.
const ViewShare actor.Permission = "identity.saved_view.share"

// Sharing says who sees a saved view.
type Sharing string

// Who sees a saved view: its owner; the owner's team; the people of a centre and of all centres below it.
const (
	Private    Sharing = "private"
	WithTeam   Sharing = "team"
	WithCentre Sharing = "centre"
)

// Limits of what one person may keep.
const (
	maxPreferences = 200      // keys of one account
	maxViews       = 100      // views of one account for one page
	maxValue       = 32 << 10 // bytes of a value's JSON
	maxDepth       = 32       // nested lists and objects of a value
	maxViewName    = 60       // characters
)

// Preference is the value of one key.
type Preference struct {
	Key       string
	Value     json.RawMessage
	UpdatedAt time.Time
}

// View is a saved view as a reader sees it.
type View struct {
	ID          ViewID
	Page        string
	Name        string
	Value       json.RawMessage
	Shared      Sharing
	Centre      uuid.UUID // with which it is shared; zero otherwise
	Own         bool
	OwnerNumber string
	OwnerName   string
	Version     int
	UpdatedAt   time.Time
}

// ViewDraft is what a person wants a saved view to be.
type ViewDraft struct {
	Name   string
	Value  json.RawMessage
	Shared Sharing
	Centre uuid.UUID // with [WithCentre]; zero: the person's own centre
}

// TopicView tells that a saved view was made, changed or removed.
var TopicView = outbox.NewTopic[Changed]("identity.saved_view.changed", 1)

// The faults of preferences and saved views.
var (
	ErrNoView        = fault.New(fault.NotFound, "identity.no_such_view", "there is no such saved view")
	ErrViewName      = fault.New(fault.Conflict, "identity.view_name_taken", "you have a view of this name on this page already").WithRemedy("choose another name, or change the other view")
	ErrTooManyViews  = fault.New(fault.Limit, "identity.too_many_views", "you have %d views on this page already", maxViews).WithRemedy("remove some that you no longer need")
	ErrTooManyKeys   = fault.New(fault.Limit, "identity.too_many_preferences", "you have %d preferences already", maxPreferences)
	errViewOutdated  = "identity.changed_meanwhile"
	errPreferenceBad = "identity.invalid_preference"
)

// preferenceKey is the name of a preference or of the page of a view.
var preferenceKey = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,79}$`)

func preferencePermissions() []actor.Definition {
	return []actor.Definition{{
		Permission: ViewShare, ZH: "把保存的视图共享给班组或中心", EN: "Share saved views with a team or a centre",
		Ready: append(append([]actor.Role{actor.ShiftLeader, actor.Planner, actor.QualityInspector}, admins...), managers...),
	}}
}

// checkKey checks the name of a preference or page.
func checkKey(f *fault.Fields, location, key string) {
	f.Check(preferenceKey.MatchString(key), location, "identity.bad_key", "is not a key: small letters, digits, dots, hyphens, beginning with a letter, at most 80")
}

// checkValue checks a value and gives it as it is stored: one JSON value of bounded size and depth, without what
// PostgreSQL cannot keep (NUL characters, numbers beyond all measure).
func checkValue(f *fault.Fields, location string, raw json.RawMessage) json.RawMessage {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		f.Add(location, "format", "is not JSON")
		return nil
	}
	if _, err := d.Token(); err != io.EOF {
		f.Add(location, "format", "is more than one JSON value")
		return nil
	}
	if err := storable(v, 0); err != nil {
		f.Add(location, "identity.bad_value", err.Error())
		return nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		f.Add(location, "format", "is not JSON")
		return nil
	}
	f.Check(len(out) <= maxValue, location, "too_long", fmt.Sprintf("is longer than %d bytes", maxValue))
	return out
}

func storable(v any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("is nested more than %d deep", maxDepth)
	}
	switch v := v.(type) {
	case string:
		return storableText(v)
	case json.Number:
		if n, err := v.Float64(); err != nil || math.IsInf(n, 0) {
			return fmt.Errorf("has a number that is too large")
		}
	case []any:
		for _, each := range v {
			if err := storable(each, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, each := range v {
			if err := storableText(key); err != nil {
				return err
			}
			if err := storable(each, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func storableText(s string) error {
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("has a NUL character")
	}
	return nil
}

// check completes a draft and names every wrong field.
func (d ViewDraft) check() (ViewDraft, error) {
	var f fault.Fields
	d.Name = strings.TrimSpace(d.Name)
	f.Check(d.Name != "", "body.name", "required", "is missing")
	f.Check(utf8.RuneCountInString(d.Name) <= maxViewName, "body.name", "too_long", fmt.Sprintf("is longer than %d characters", maxViewName))
	f.Check(utf8.ValidString(d.Name) && !strings.ContainsRune(d.Name, 0), "body.name", "identity.bad_value", "has characters that cannot be stored")
	d.Value = checkValue(&f, "body.value", d.Value)
	switch d.Shared {
	case Private, WithTeam, WithCentre:
	default:
		f.Add("body.shared", "not_in_list", "is not private, team or centre")
	}
	return d, f.Err(errPreferenceBad, "the view cannot be saved like this")
}
