package calendar

import (
	"time"

	"yingda/internal/actor"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/outbox"
)

// The permissions of this package.
const (
	HoursRead actor.Permission = "calendar.hours.read"
	HoursEdit actor.Permission = "calendar.hours.edit"
)

// Permissions describes them, in the order people read them.
func Permissions() []actor.Definition {
	var all []actor.Role
	for _, r := range actor.ReadyRoles() {
		all = append(all, r.Role)
	}
	return []actor.Definition{
		{Permission: HoursRead, ZH: "查看工作时间与节假日", EN: "See working time and holidays", Ready: all},
		{
			Permission: HoursEdit, ZH: "维护工作时间与节假日", EN: "Maintain working time and holidays",
			Ready: []actor.Role{actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin, actor.Planner, actor.NationManager, actor.ProvinceManager, actor.CityManager},
		},
	}
}

// Changed tells that working time of a centre changed; who needs more reads it.
type Changed struct {
	ID string `json:"id"` // of the week or the exception
}

// The facts this package tells.
var (
	TopicWeek = outbox.NewTopic[Changed]("calendar.week.changed", 1)
	TopicDay  = outbox.NewTopic[Changed]("calendar.day.changed", 1)
)

// Topics lists them.
func Topics() []outbox.AnyTopic { return []outbox.AnyTopic{TopicWeek, TopicDay} }

// Faults of this package.
var (
	ErrNoCentre  = fault.New(fault.NotFound, "calendar.no_such_centre", "there is no such centre")
	ErrNoWeek    = fault.New(fault.NotFound, "calendar.no_such_week", "there is no such working week")
	ErrNoDay     = fault.New(fault.NotFound, "calendar.no_such_day", "there is no such special day")
	ErrNoYear    = fault.New(fault.NotFound, "calendar.no_such_year", "this program does not know the holidays of that year").WithRemedy("import them from a file")
	ErrWeekTaken = fault.New(fault.Conflict, "calendar.week_taken", "the centre has a working week from this day already")
	ErrDayTaken  = fault.New(fault.Conflict, "calendar.day_taken", "the centre has this day already")
	ErrNeverOpen = fault.New(fault.Conflict, "calendar.never_open", "no working time is set for this centre").WithRemedy("set a working week here or above")
	ErrTooFar    = fault.New(fault.Invalid, "calendar.too_far", "there is not so much working time in the next twenty years")
	// ErrChangedMeanwhile is the sentinel of an edit that was based on an older version.
	ErrChangedMeanwhile = fault.New(fault.Conflict, "calendar.changed_meanwhile", "somebody changed this meanwhile").
				WithRemedy("look at what changed and save again")
	errInvalid = fault.New(fault.Invalid, "calendar.invalid", "the change is not complete")
)

// changedMeanwhile says who changed what is being edited.
func changedMeanwhile(what, by string, at time.Time) error {
	return fault.New(fault.Conflict, ErrChangedMeanwhile.Code, "%s was changed by %s at %s", what, by, at.UTC().Format(time.RFC3339)).
		WithRemedy("%s", ErrChangedMeanwhile.Remedy)
}
