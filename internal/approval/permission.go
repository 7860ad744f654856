package approval

import "yingda/internal/platform/fault"
import "yingda/internal/actor"

// RequestRead allows to read every request of the centres in scope, whoever asked and whoever decides.
const RequestRead actor.Permission = "approval.request.read"

// Permissions describes the permissions of this package. Deciding needs the permission that the kind names.
func Permissions() []actor.Definition {
	return []actor.Definition{{
		Permission: RequestRead, ZH: "查看全部审批", EN: "Read all requests for approval",
		Ready: []actor.Role{
			actor.NationAdmin, actor.ProvinceAdmin, actor.CityAdmin,
			actor.NationManager, actor.ProvinceManager, actor.CityManager, actor.Auditor,
		},
	}}
}

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "approval.not_found", "there is no such request")
	ErrOwn      = fault.New(fault.Denied, "approval.own_request", "you cannot decide what you asked for yourself").
			WithRemedy("somebody else who may decide this must do it")
	ErrAboutYou = fault.New(fault.Denied, "approval.about_yourself", "you cannot decide a request that is about yourself").
			WithRemedy("somebody else who may decide this must do it")
	ErrTwice = fault.New(fault.Denied, "approval.decided_before", "you have decided an earlier step of this request").
			WithRemedy("each step needs another person")
	ErrPeopleOnly = fault.New(fault.Denied, "approval.people_only", "requests are decided by people who are signed in, not by programs").
			WithRemedy("sign in and decide on the page")
	ErrNotDecider = fault.New(fault.Denied, "approval.not_decider", "you may not decide this request")
	ErrNotYours   = fault.New(fault.Denied, "approval.not_yours", "only the person who asked can withdraw a request")
	ErrExpired    = fault.New(fault.Conflict, "approval.expired", "the time to decide this request is over").
			WithRemedy("ask again if it is still wanted")
	ErrClosed   = fault.New(fault.Conflict, "approval.already_decided", "this request is already decided")
	ErrFailed   = fault.New(fault.Conflict, "approval.failed", "the change cannot be made any more; the request was closed")
	ErrBulk     = fault.New(fault.Denied, "approval.not_in_bulk", "requests of this kind are decided one by one").WithRemedy("open it, read what changes, then decide")
	ErrUnknown  = fault.New(fault.Unavailable, "approval.unknown_kind", "this program does not know this kind of request").WithRemedy("during an upgrade wait until all nodes run the new version")
	ErrAsked    = fault.New(fault.Conflict, "approval.already_asked", "the same is already asked for")
	errRequest  = fault.New(fault.Invalid, "approval.invalid_request", "the request is not complete")
	errDecision = fault.New(fault.Invalid, "approval.invalid_decision", "the decision is not complete")
)
