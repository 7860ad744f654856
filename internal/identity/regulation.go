package identity

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
)

type regulationKind struct{}

// RegulationID identifies a policy that staff must know (制度).
type RegulationID = ident.ID[regulationKind]

// RegulationState is where a version of a policy stands.
type RegulationState string

// The states of a version. A draft is requested, then published by another person; the next one replaces it.
const (
	Draft     RegulationState = "draft"
	Requested RegulationState = "requested"
	Published RegulationState = "published"
	Replaced  RegulationState = "replaced"
)

// RegulationText is what the author of a version writes.
type RegulationText struct {
	TitleZH string        `json:"title_zh" maxLength:"200"`
	TitleEN string        `json:"title_en" maxLength:"200"`
	BodyZH  string        `json:"body_zh" maxLength:"100000" doc:"Markdown"`
	BodyEN  string        `json:"body_en" maxLength:"100000" doc:"Markdown"`
	Note    string        `json:"change_note" maxLength:"1000" doc:"What is new in this version"`
	Levels  []actor.Level `json:"levels" maxItems:"4" doc:"Levels of the readers' centres; empty: all"`
	Roles   []string      `json:"roles" maxItems:"50" doc:"Codes of the readers' roles; empty: all"`
}

const (
	maxTitle, maxBody, maxNote = 200, 100_000, 1000
	maxAudience                = 50
)

// RegulationVersion is one text of a policy.
type RegulationVersion struct {
	RegulationText
	Number      int
	State       RegulationState
	Version     int // of the row, for editing
	CreatedAt   time.Time
	UpdatedAt   time.Time
	UpdatedBy   string
	PublishedAt *time.Time
	PublishedBy string
}

// Regulation is a policy with its versions, the newest first.
type Regulation struct {
	ID           RegulationID
	Code         string
	Current      int // number of the version that holds; 0: none yet
	Withdrawn    bool
	Version      int
	UpdatedAt    time.Time
	UpdatedBy    string
	Versions     []RegulationVersion
	Readers      int64 // people in the asker's scope who must know the current version
	Acknowledged int64 // of those
}

// Find gives the version with a number.
func (r Regulation) Find(number int) (RegulationVersion, bool) {
	i := slices.IndexFunc(r.Versions, func(v RegulationVersion) bool { return v.Number == number })
	if i < 0 {
		return RegulationVersion{}, false
	}
	return r.Versions[i], true
}

// Writing gives the version that is being written or waits for its publication.
func (r Regulation) Writing() (RegulationVersion, bool) {
	i := slices.IndexFunc(r.Versions, func(v RegulationVersion) bool { return v.State == Draft || v.State == Requested })
	if i < 0 {
		return RegulationVersion{}, false
	}
	return r.Versions[i], true
}

// RegulationItem is a policy in the list, with its newest version.
type RegulationItem struct {
	ID               RegulationID
	Code             string
	Current          int
	Withdrawn        bool
	Newest           int
	NewestState      RegulationState
	TitleZH, TitleEN string
	PublishedAt      *time.Time // of the newest version
	Acknowledged     int64      // by anybody, of the current version
	UpdatedAt        time.Time
	UpdatedBy        string
}

// MyRegulation is a policy that somebody must know.
type MyRegulation struct {
	ID             RegulationID
	Code           string
	Number         int
	TitleZH        string
	TitleEN        string
	BodyZH         string
	BodyEN         string
	Note           string
	PublishedAt    time.Time
	PublishedBy    string
	AcknowledgedAt *time.Time
	Due            bool // it stands before everything else
}

// Reader is somebody who must know a policy.
type Reader struct {
	Account        AccountID
	Number, Name   string
	Centre         uuid.UUID
	CentreName     string
	Team           string
	LastSignInAt   *time.Time
	AcknowledgedAt *time.Time
}

// freeText trims text as it was typed and notes what is wrong with it.
func freeText(f *fault.Fields, location, s string, needed bool, limit int) string {
	s = strings.TrimSpace(s)
	switch {
	case s == "" && needed:
		f.Add(location, "required", "is needed")
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.Add(location, "bad_characters", "holds characters that cannot be stored")
	case utf8.RuneCountInString(s) > limit:
		f.Add(location, "too_long", "is too long")
	}
	return s
}

// normalise trims and checks a text; roles are checked against those that exist.
func (t RegulationText) normalise(known func(role string) bool) (RegulationText, error) {
	var f fault.Fields
	t.TitleZH = freeText(&f, "body.title_zh", t.TitleZH, true, maxTitle)
	t.TitleEN = freeText(&f, "body.title_en", t.TitleEN, true, maxTitle)
	t.BodyZH = freeText(&f, "body.body_zh", t.BodyZH, true, maxBody)
	t.BodyEN = freeText(&f, "body.body_en", t.BodyEN, true, maxBody)
	t.Note = freeText(&f, "body.change_note", t.Note, false, maxNote)
	levels := []actor.Level{actor.Nation, actor.Province, actor.City, actor.Site}
	for _, l := range t.Levels {
		f.Check(slices.Contains(levels, l), "body.levels", "unknown", "is no level")
	}
	f.Check(len(t.Roles) <= maxAudience, "body.roles", "too_many", "too many roles")
	for _, r := range t.Roles {
		f.Check(known(r), "body.roles", "unknown", "there is no such role")
	}
	t.Levels, t.Roles = slices.Compact(slices.Sorted(slices.Values(t.Levels))), slices.Compact(slices.Sorted(slices.Values(t.Roles)))
	return t, f.Err("identity.invalid_policy", "the policy is not complete")
}

// markdown is CommonMark with tables and struck-out text; HTML that somebody typed is left out.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))

// clean lets through the form of text and nothing that runs, loads or disguises: no scripts, styles, pictures,
// forms or frames; links only to http, https and mail, without passing on where the reader came from.
var clean = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code",
		"em", "strong", "del", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}()

// RenderMarkdown gives the HTML of a text, safe to be shown whoever wrote it.
func RenderMarkdown(text string) (string, error) {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(text), &out); err != nil {
		return "", wrap("render Markdown", err)
	}
	return clean.Sanitize(out.String()), nil
}
