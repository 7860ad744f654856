package voice

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/voice/ending"
)

// Act is what is done with a call.
type Act string

// The acts.
const (
	NoAct     Act = ""
	ActPrompt Act = "prompt" // answer, play, hang up
	ActEcho   Act = "echo"   // answer and send back what is heard
	ActPhone  Act = "phone"  // ring a phone
	ActTrunk  Act = "trunk"  // go out over a group of trunks; only for calls from our own phones
	ActReject Act = "reject" // refuse with a cause
	ActQueue  Act = "queue"  // straight into a queue
	ActFlow   Act = "flow"   // through a flow, which may lead to a queue
)

// Acts lists them in the order people read them.
func Acts() []Act { return []Act{ActFlow, ActQueue, ActPrompt, ActEcho, ActPhone, ActTrunk, ActReject} }

// Match says whether a pattern is a whole number or the beginning of numbers.
type Match string

// The matches.
const (
	Whole  Match = "number"
	Prefix Match = "prefix"
)

// Causes are the reasons with which a call may be refused on purpose.
func Causes() []ending.Reason {
	return []ending.Reason{
		ending.BusyReason, ending.Declined, ending.Forbidden, ending.Unavailable, ending.NotFound, ending.NumberChanged, ending.Congestion,
	}
}

// NumberAction says what happens to calls to a number.
type NumberAction struct {
	ID          NumberID              `json:"id" audit:"-"`
	Pattern     string                `json:"pattern"` // of a number its one form, see normalCalled; of a beginning as written
	Match       Match                 `json:"match"`
	Name        string                `json:"name"`
	Centre      organization.CentreID `json:"centre_id"`
	Act         Act                   `json:"act"`
	Prompt      PromptID              `json:"prompt_id"`
	PromptName  string                `json:"prompt_name" audit:"-"`
	Repeat      bool                  `json:"repeat"` // the prompt plays until the caller hangs up
	Phone       PhoneID               `json:"phone_id"`
	PhoneNumber string                `json:"phone_number" audit:"-"`
	Group       GroupID               `json:"group_id"`
	GroupCode   string                `json:"group" audit:"-"`
	Cause       ending.Reason         `json:"cause"`
	Queue       string                `json:"queue"` // code
	Flow        string                `json:"flow"`  // name
	Disabled    bool                  `json:"disabled"`
	Note        string                `json:"note"`
	Version     int                   `json:"version" audit:"-"`
	UpdatedAt   time.Time             `json:"updated_at" audit:"-"`
	UpdatedBy   string                `json:"updated_by" audit:"-"`
}

// NumberSpec is what is given when an action is made or changed. Number is read as people write it.
type NumberSpec struct {
	Number   string
	Match    Match
	Name     string
	Centre   organization.CentreID
	Act      Act
	Prompt   PromptID
	Repeat   bool
	Phone    PhoneID
	Group    GroupID
	Cause    ending.Reason
	Queue    string // code; for ActQueue, and for ActFlow where the flow leads to the number's queue
	Flow     string // name
	Disabled bool
	Note     string
}

// QueueTarget is a queue that a number may lead to.
type QueueTarget struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// FlowTarget is a flow that a number may lead to.
type FlowTarget struct {
	Name       string   `json:"name"`
	Chinese    string   `json:"zh" doc:"What people call it"`
	English    string   `json:"en"`
	NeedsQueue bool     `json:"needs_queue" doc:"It leads to the queue that stands with the number"`
	Queues     []string `json:"queues" doc:"Codes of the queues that it names itself"`
}

// Faults of number actions.
var (
	ErrNoNumber    = fault.New(fault.NotFound, "voice.no_such_number_action", "there is no such number")
	ErrNumberTaken = fault.New(fault.Conflict, "voice.number_taken", "there is an entry for this number already").WithRemedy("change that one")
)

// dialled is what a phone can dial: digits, * and #, with a + in front.
var dialled = regexp.MustCompile(`^\+?[0-9*#]{1,24}$`)

// spoken takes out what people write between digits, and brings full-width digits to half width.
func spoken(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '＋':
			return '+'
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '.' || r == '\t' || r == '　':
			return -1
		}
		return r
	}, text)
}

// normalCalled gives a called number as it arrived and in its one form. Numbers of the numbering plan have that of
// numbering; inner numbers, which the plan does not know (8001, *43), are their digits.
func normalCalled(text string) (raw, normal string) {
	raw = spoken(text)
	if p, err := numbering.ParsePhone(raw, ""); err == nil {
		return raw, p.Plain()
	}
	return raw, raw
}

// pattern reads a number or a beginning, as people write it. A beginning stays as it is written: a called number is
// compared with it in each of its forms, see forms.
func pattern(text string, m Match) (string, bool) {
	raw, normal := normalCalled(text)
	if m == Prefix {
		normal = raw
	}
	return normal, dialled.MatchString(normal)
}

// forms are the ways in which people write a called number, the one that arrived first.
func forms(raw, normal string) []string {
	list := []string{raw}
	if normal != raw {
		list = append(list, normal)
	}
	national, ok := strings.CutPrefix(normal, "+86")
	if !ok || national == "" {
		return list
	}
	list = append(list, national)
	if national[0] != '1' { // fixed lines are written with their area code's 0
		list = append(list, "0"+national)
	}
	return list
}

// normalise reads, trims and checks everything at once. Whether the prompt, phone and group are there is the use
// case's question. The id, version and editor are not filled in.
func (e NumberSpec) normalise(in surroundings) (NumberAction, error) {
	var f fault.Fields
	n := NumberAction{
		Match: e.Match, Name: strings.TrimSpace(e.Name), Centre: e.Centre, Act: e.Act, Prompt: e.Prompt, Repeat: e.Repeat, Phone: e.Phone,
		Group: e.Group, Cause: e.Cause, Queue: strings.TrimSpace(e.Queue), Flow: strings.TrimSpace(e.Flow), Disabled: e.Disabled,
		Note: strings.TrimSpace(e.Note),
	}
	f.Check(n.Match == Whole || n.Match == Prefix, "body.match", fieldUnknown, "is not number or prefix")
	var ok bool
	if n.Pattern, ok = pattern(e.Number, n.Match); strings.TrimSpace(e.Number) == "" {
		f.Add("body.number", fieldRequired, "is missing")
	} else {
		f.Check(ok, "body.number", fieldFormat, "is no number that can be dialled")
	}
	checkText(&f, "body.name", n.Name, 1, 100)
	checkText(&f, "body.note", n.Note, 0, 1000)
	in.checkCentre(&f, n.Centre)
	n.checkAct(&f)
	return n, f.Err("voice.invalid_number_action", "the number cannot be saved as it is")
}

// checkAct: each act has what it needs; what it does not need is dropped.
func (n *NumberAction) checkAct(f *fault.Fields) {
	keep := NumberAction{Prompt: n.Prompt, Repeat: n.Repeat, Phone: n.Phone, Group: n.Group, Cause: n.Cause, Queue: n.Queue, Flow: n.Flow}
	n.Prompt, n.Repeat, n.Phone, n.Group, n.Cause, n.Queue, n.Flow = PromptID{}, false, PhoneID{}, GroupID{}, "", "", ""
	switch n.Act {
	case ActPrompt:
		n.Prompt, n.Repeat = keep.Prompt, keep.Repeat
		f.Check(!n.Prompt.IsZero(), "body.prompt_id", fieldRequired, "is missing: which prompt is played?")
	case ActEcho:
	case ActPhone:
		n.Phone = keep.Phone
		f.Check(!n.Phone.IsZero(), "body.phone_id", fieldRequired, "is missing: which phone rings?")
	case ActTrunk:
		n.Group = keep.Group
		f.Check(!n.Group.IsZero(), "body.group_id", fieldRequired, "is missing: over which trunks?")
	case ActReject:
		n.Cause = keep.Cause
		if n.Cause == "" {
			f.Add("body.cause", fieldRequired, "is missing: why is the call refused?")
		} else {
			f.Check(slices.Contains(Causes(), n.Cause), "body.cause", fieldUnknown, "is not one of the causes")
		}
	case ActQueue:
		n.Queue = keep.Queue
		f.Check(n.Queue != "", "body.queue", fieldRequired, "is missing: into which queue?")
	case ActFlow:
		n.Flow, n.Queue = keep.Flow, keep.Queue
		f.Check(n.Flow != "", "body.flow", fieldRequired, "is missing: through which flow?")
	case NoAct:
		f.Add("body.act", fieldRequired, "is missing")
	default:
		f.Add("body.act", fieldUnknown, "is not flow, queue, prompt, echo, phone, trunk or reject")
	}
}

// Display writes the pattern as people read it; a beginning ends with an ellipsis.
func (n NumberAction) Display() string {
	if n.Match == Prefix {
		return strings.Replace(n.Pattern, "+86", "", 1) + "…"
	}
	if p, err := numbering.ParsePhone(n.Pattern, ""); err == nil {
		return p.Display()
	}
	return n.Pattern
}

// withheld is the caller who does not want to be known (RFC 3323, section 4.1.1.3).
const withheld = "anonymous"

// MaskNumber writes a number as it may be shown to anybody who may see the call: service numbers and inner numbers of
// up to six digits belong to nobody and stay; everything else is masked.
func MaskNumber(text string) string {
	raw := spoken(text)
	if raw == withheld {
		return withheld
	}
	if p, err := numbering.ParsePhone(raw, ""); err == nil {
		return p.String()
	}
	if len(raw) <= 6 && dialled.MatchString(raw) {
		return raw
	}
	return maskOther(raw)
}
