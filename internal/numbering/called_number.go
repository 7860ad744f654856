package numbering

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/internal/actor"
	"yingda/internal/numbering/called"
	"yingda/internal/numbering/phone"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
)

// CalledKind is what a called number is for.
type CalledKind string

// The kinds.
const (
	NationLine      CalledKind = "nation_line"
	ProvinceLine    CalledKind = "province_line"
	VIPLine         CalledKind = "vip_line"
	EscalationLine  CalledKind = "escalation_line"
	Enterprise      CalledKind = "enterprise"       // a company's number that we answer
	OutsidePlatform CalledKind = "outside_platform" // an older platform such as 114, merged into ours
)

// CalledKinds lists them in the order people read them.
func CalledKinds() []CalledKind {
	return []CalledKind{NationLine, ProvinceLine, VIPLine, EscalationLine, Enterprise, OutsidePlatform}
}

// MergeMethod is how an outside platform is merged.
type MergeMethod string

// The methods.
const (
	NotMerged MergeMethod = ""
	Transfer  MergeMethod = "transfer" // 话路转接: its calls are transferred to a number
	Trunk     MergeMethod = "trunk"    // 话路汇接: its trunks end at our switch
)

// Called is a called number or access code.
type Called struct {
	ID          CalledID              `json:"id" audit:"-"`
	Pattern     string                `json:"pattern"` // text of a Phone, or the beginning of one
	Match       called.Match          `json:"match"`
	Name        string                `json:"name"`
	Kind        CalledKind            `json:"kind"`
	Service     string                `json:"service"` // a code of the table "service"; empty: the owner answers
	Centre      organization.CentreID `json:"centre_id"`
	Province    string                `json:"province"` // where it is dialled from; empty: everywhere
	City        string                `json:"city"`
	MergeMethod MergeMethod           `json:"merge_method"`
	TransferTo  string                `json:"transfer_to"` // text of a Phone
	TrunkGroup  string                `json:"trunk_group"`
	Note        string                `json:"note"`
	State       called.State          `json:"state"`
	ValidFrom   time.Time             `json:"valid_from"`
	ValidUntil  *time.Time            `json:"valid_until"` // the first moment at which it no longer holds
	Version     int                   `json:"version" audit:"-"`
	UpdatedAt   time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy   string                `json:"updated_by" audit:"-"`
}

// CalledSpec is what is given when a called number is made or changed. Number is read as people write it.
type CalledSpec struct {
	Number      string
	Match       called.Match
	Name        string
	Kind        CalledKind
	Service     string
	Centre      organization.CentreID
	Province    string
	City        string
	MergeMethod MergeMethod
	TransferTo  string
	TrunkGroup  string
	Note        string
	State       called.State // empty: active
	ValidFrom   *time.Time   // nil: from now on
	ValidUntil  *time.Time
}

// Faults of called numbers.
var (
	ErrNoCalled = fault.New(fault.NotFound, "numbering.no_such_called_number", "there is no such called number")
	// ErrNotYours is returned for a national entry, which everybody sees, to whoever may not change it.
	ErrNotYours = fault.New(fault.Denied, "numbering.not_your_number", "this number belongs to a centre outside of your scope").
			WithRemedy("ask the centre that owns it")
	ErrTaken = fault.New(fault.Conflict, "numbering.called_number_taken", "there is an entry for this number and place that holds at the same time").
			WithRemedy("end the other one first, or choose another place or time")
)

// Display writes the pattern as people read it; a beginning ends with an ellipsis.
func (c Called) Display() string {
	if c.Match == called.Prefix {
		return strings.Replace(c.Pattern, "+86", "", 1) + "…"
	}
	p, err := phone.Parse(c.Pattern, phone.At{})
	if err != nil {
		return c.Pattern
	}
	return p.Display()
}

var serviceCode = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

// surroundings are what an entry is checked against.
type surroundings struct {
	now   time.Time
	scope actor.Scope // where the editor may edit
	tree  *organization.Tree
	// services is the code table of services.
	services *organization.Codes
}

// normalise reads, trims and checks everything at once. The id, version and editor are not filled in.
func (e CalledSpec) normalise(in surroundings) (Called, error) {
	var f fault.Fields
	c := Called{
		Match: e.Match, Name: strings.TrimSpace(e.Name), Kind: e.Kind, Service: strings.TrimSpace(e.Service), Centre: e.Centre,
		Province: strings.TrimSpace(e.Province), City: strings.TrimSpace(e.City), MergeMethod: e.MergeMethod,
		TrunkGroup: strings.TrimSpace(e.TrunkGroup), Note: strings.TrimSpace(e.Note), State: e.State, ValidFrom: seconds(in.now),
		ValidUntil: secondsOf(e.ValidUntil),
	}
	if e.ValidFrom != nil {
		c.ValidFrom = seconds(*e.ValidFrom)
	}
	if c.State == "" {
		c.State = called.Active
	}
	c.readNumber(&f, e.Number)
	checkText(&f, "body.name", c.Name, 1, 100)
	checkText(&f, "body.note", c.Note, 0, 1000)
	if c.Service != "" {
		_, known := in.services.Find(c.Service)
		f.Check(known && serviceCode.MatchString(c.Service), "body.service", fieldUnknown, "is no code of the table of services")
	}
	f.Check(c.ValidUntil == nil || c.ValidUntil.After(c.ValidFrom), "body.valid_until", fieldFormat, "is not after the beginning")
	switch c.State {
	case called.Active, called.Suspended, called.Retired:
	default:
		f.Add("body.state", fieldUnknown, "is not active, suspended or retired")
	}
	c.checkMerge(&f, strings.TrimSpace(e.TransferTo))
	c.checkCentre(&f, in)
	c.checkPlace(&f, in)
	return c, f.Err("numbering.invalid_called_number", "the called number cannot be saved as it is")
}

func (c *Called) readNumber(f *fault.Fields, text string) {
	var err error
	switch c.Match {
	case called.Number:
		var p Phone
		if p, err = phone.Parse(text, phone.At{}); err == nil {
			c.Pattern = p.Plain()
		}
	case called.Prefix:
		c.Pattern, err = phone.Pattern(text)
	default:
		f.Add("body.match", fieldUnknown, "is not number or prefix")
	}
	addWrong(f, "body.number", err)
}

// addWrong adds what is wrong with a number.
func addWrong(f *fault.Fields, location string, err error) {
	if w, ok := err.(*phone.Wrong); ok { //nolint:errorlint // the contract of phone is the bare type
		f.Add(location, string(w.Reason), w.Message)
	}
}

// checkMerge: an outside platform says how it is merged, and nothing else does.
func (c *Called) checkMerge(f *fault.Fields, transferTo string) {
	checkText(f, "body.trunk_group", c.TrunkGroup, 0, 64)
	if transferTo != "" {
		p, err := phone.Parse(transferTo, phone.At{})
		c.TransferTo = p.Plain()
		addWrong(f, "body.transfer_to", err)
	}
	switch c.Kind {
	case OutsidePlatform:
		switch c.MergeMethod {
		case Transfer:
			f.Check(transferTo != "", "body.transfer_to", fieldRequired, "is missing: to which number are its calls transferred?")
		case Trunk:
			f.Check(c.TrunkGroup != "", "body.trunk_group", fieldRequired, "is missing: over which trunks do its calls come?")
		case NotMerged:
			f.Add("body.merge_method", fieldRequired, "is missing: an outside platform is merged by transfer or by trunk")
		default:
			f.Add("body.merge_method", fieldUnknown, "is not transfer or trunk")
		}
	case NationLine, ProvinceLine, VIPLine, EscalationLine, Enterprise:
		f.Check(c.MergeMethod == NotMerged, "body.merge_method", fieldUnfitting, "only an outside platform is merged")
	default:
		f.Add("body.kind", fieldUnknown, "is not one of the kinds of called numbers")
	}
}

// checkCentre: the owner is there, in use, in scope and of the level that the kind asks for.
func (c *Called) checkCentre(f *fault.Fields, in surroundings) {
	const at = "body.centre_id"
	owner, ok := in.tree.Centre(c.Centre)
	switch {
	case c.Centre.IsZero():
		f.Add(at, fieldRequired, "is missing")
	case !ok || !in.scope.Covers(c.Centre.UUID()):
		f.Add(at, fieldUnknown, "is no centre that you may choose")
	case owner.State != organization.Active && c.State != called.Retired:
		f.Add(at, fieldUnfitting, "is closed")
	case c.Kind == NationLine && owner.Level != actor.Nation:
		f.Add(at, fieldUnfitting, "a nation line belongs to the national centre")
	case c.Kind == ProvinceLine && owner.Level != actor.Province:
		f.Add(at, fieldUnfitting, "a province line belongs to a provincial centre")
	}
}

// checkPlace: known codes that fit each other, inside of the editor's part of the country.
func (c *Called) checkPlace(f *fault.Fields, in surroundings) {
	places := in.tree.Places()
	if c.City != "" {
		city, ok := places.City(c.City)
		f.Check(ok, "body.city", fieldUnknown, "is no code of a city")
		if ok && c.Province == "" {
			c.Province = places.ProvinceOf(city.Code)
		}
		f.Check(!ok || places.ProvinceOf(city.Code) == c.Province, "body.city", fieldUnfitting, "is in another province")
	}
	if c.Province != "" {
		_, ok := places.Province(c.Province)
		f.Check(ok, "body.province", fieldUnknown, "is no code of a province")
	}
	if !in.scope.CoversPlace(c.Province, c.City) {
		location := "body.province"
		if c.City != "" {
			location = "body.city"
		}
		f.Add(location, fieldOutside, "choose a place inside of your part of the country: for others only a higher level decides")
	}
}

// checkText checks the length in characters and refuses NUL.
func checkText(f *fault.Fields, location, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	switch {
	case strings.ContainsRune(s, 0) || !utf8.ValidString(s):
		f.Add(location, fieldFormat, "has characters that cannot be kept")
	case n < least:
		f.Add(location, fieldRequired, "is missing")
	case n > most:
		f.Add(location, fieldTooLong, "is too long")
	}
}
