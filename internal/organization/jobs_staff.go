package organization

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"yingda/internal/actor"
	"yingda/internal/organization/internal/db"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/health"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/jobs"
)

// leaveArgs is the job that lets people go whose day has come.
type leaveArgs struct{}

// Kind implements jobs.Args.
func (leaveArgs) Kind() string { return "organization_leave" }

const (
	leaveEvery = 5 * time.Minute // a planned leaving takes effect that long after midnight at most
	leaveBatch = 200
)

// RegisterJobs adds what is done in the background.
func (s *Service) RegisterJobs(r *jobs.Registry) {
	jobs.Add(r, 2*time.Minute, func(ctx context.Context, _ *jobs.Job[leaveArgs]) error {
		_, err := s.LetGo(ctx)
		return err
	})
	r.Every(leaveEvery, "organization_leave", func() jobs.Args { return leaveArgs{} })
}

// LetGo makes those leave whose planned day has come, and tells how many. Whoever still leads a team is let go
// as well: the team is without a leader then.
//
// Unchecked: it is a part of the system and acts as organization.leave.
func (s *Service) LetGo(ctx context.Context) (int, error) {
	ctx = actor.With(ctx, actor.System("organization.leave", StaffEdit))
	gone := 0
	for {
		rows, err := db.New(s.cfg.Pool).LeavingDue(ctx, db.LeavingDueParams{Today: dateOf(s.today()), RowLimit: leaveBatch})
		if err != nil {
			return gone, fmt.Errorf("look for staff who leave: %w", err)
		}
		for _, id := range rows {
			if err := s.letGo(ctx, ident.From[staffKind](id)); err != nil {
				return gone, err
			}
			gone++
		}
		if len(rows) < leaveBatch {
			return gone, nil
		}
	}
}

func (s *Service) letGo(ctx context.Context, id StaffID) error {
	act := staffAct{name: "staff.leave", refs: []StaffRef{{ID: id}}, reason: "planned", leaderToo: true}
	today := s.today()
	_, err := s.changeStaff(ctx, nil, act, func(p *Staff, _ *fault.Fields) {
		if p.LeftOn != "" && p.LeftOn <= today { // not taken back meanwhile
			p.State, p.Team = StaffLeft, TeamID{}
		}
	})
	if fault.KindOf(err) == fault.Conflict {
		return nil // has left meanwhile
	}
	return err
}

var (
	warnDescriptionsDue = &health.Warning{
		Code: "organization.descriptions_due", Severity: health.Info,
		Chinese: health.Text{Title: "有岗位说明书该复核了", Cause: "{count} 份已发布的岗位说明书过了复核日期。", Remedy: "在“岗位”页筛选“待复核”，修订后重新发布，或确认仍然适用。"},
		English: health.Text{Title: "Job descriptions are due for review", Cause: "{count} issued job descriptions are past the day of their review.", Remedy: "On the page of posts, show those due; issue a new edition or confirm that they still stand."},
	}
	warnDescriptionsMissing = &health.Warning{
		Code: "organization.descriptions_missing", Severity: health.Info,
		Chinese: health.Text{Title: "有岗位没有发布说明书", Cause: "{count} 个有人任职的岗位还没有发布岗位说明书。", Remedy: "在“岗位”页起草说明书，由另一人批准并发布。"},
		English: health.Text{Title: "Posts have no issued job description", Cause: "{count} posts that are held have no issued job description.", Remedy: "Write them on the page of posts and let another person approve and issue them."},
	}
)

// Health tells whether job descriptions are there and looked through in time (P-10).
func (s *Service) Health() health.Component {
	return health.Component{
		Name: "organization", Chinese: "岗位说明书齐全、按期复核", English: "Job descriptions are complete and reviewed in time",
		Warnings: []*health.Warning{warnDescriptionsDue, warnDescriptionsMissing},
		Check:    s.check,
	}
}

func (s *Service) check(ctx context.Context) []health.Finding {
	row, err := db.New(s.cfg.Pool).DueDescriptions(ctx, dateOf(s.today()))
	if err != nil {
		return nil // the database's own component tells that it is away
	}
	var found []health.Finding
	if row.Overdue > 0 {
		found = append(found, warnDescriptionsDue.Found("count", strconv.FormatInt(row.Overdue, 10)))
	}
	if row.Missing > 0 {
		found = append(found, warnDescriptionsMissing.Found("count", strconv.FormatInt(row.Missing, 10)))
	}
	return found
}
