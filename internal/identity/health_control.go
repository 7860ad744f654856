package identity

import (
	"context"
	"strconv"
	"time"

	"yingda/internal/identity/internal/controldb"
	"yingda/internal/platform/health"
)

const (
	unusedAfter = 90 * 24 * time.Hour
	reviewEvery = 183 * 24 * time.Hour
)

var (
	warnReviewOverdue = &health.Warning{
		Code: "identity.review_overdue", Severity: health.Caution,
		Chinese: health.Text{Title: "权限复核逾期", Cause: "{count} 次权限复核已过截止日期仍未关闭：{names}。", Remedy: "打开“权限复核”，催促未签署的复核人，或改派；确需提前结束时填写原因后关闭。"},
		English: health.Text{Title: "An access review is overdue", Cause: "{count} access reviews are past their date and not closed: {names}.", Remedy: "Open Access reviews, remind those who have not signed or hand their sheets over; to end a review early, close it with a reason."},
	}
	warnReviewNext = &health.Warning{
		Code: "identity.review_due_next", Severity: health.Info,
		Chinese: health.Text{Title: "该做下一次权限复核了", Cause: "最近 183 天内没有完成过权限复核。", Remedy: "打开“权限复核”，发起一次新的复核。"},
		English: health.Text{Title: "The next access review is due", Cause: "No access review was completed in the last 183 days.", Remedy: "Open Access reviews and begin one."},
	}
	warnUnused = &health.Warning{
		Code: "identity.unused_accounts", Severity: health.Info,
		Chinese: health.Text{Title: "有长期未使用的账号", Cause: "{count} 个使用中的账号超过 90 天没有登录。", Remedy: "在“账号”中按“90 天未登录”筛选，确认不再需要的申请停用。"},
		English: health.Text{Title: "Some accounts are not used", Cause: "{count} active accounts have not signed in for more than 90 days.", Remedy: "Open Accounts, filter by not signed in for 90 days, and ask to suspend those that nobody needs."},
	}
	warnOutlived = &health.Warning{
		Code: "identity.account_outlived_staff", Severity: health.Fault,
		Chinese: health.Text{Title: "离职或停职员工的账号仍在使用", Cause: "{count} 个账号的员工已离职或停职，账号却没有随之停用：通常因为他是最后一个能授权的人。", Remedy: "先把全国管理员或全国经理角色授予另一人，系统会在一小时内停用该账号。"},
		English: health.Text{Title: "Accounts of staff who stopped are still there", Cause: "{count} accounts belong to staff who left or are suspended and did not end with them, usually because nobody else could give rights.", Remedy: "Give the role of a national administrator or manager to another person; the account ends within an hour."},
	}
)

// Health tells whether accounts are under control.
func (s *ControlService) Health() health.Component {
	return health.Component{
		Name: "identity-control", Chinese: "账号与权限受控", English: "Accounts and rights are under control",
		Warnings: []*health.Warning{warnReviewOverdue, warnReviewNext, warnUnused, warnOutlived}, Check: s.look,
	}
}

func (s *ControlService) look(ctx context.Context) []health.Finding {
	var found []health.Finding
	q, now := controldb.New(s.pool), s.clock.Now()
	if r, err := q.OverdueCampaigns(ctx, now); err == nil && r.Campaigns > 0 {
		found = append(found, warnReviewOverdue.Found("count", strconv.FormatInt(r.Campaigns, 10), "names", r.Names))
	}
	if at, err := q.LastClosedCampaign(ctx); err == nil && now.Sub(at) > reviewEvery {
		found = append(found, warnReviewNext.Found())
	}
	before := now.Add(-unusedAfter)
	if n, err := q.UnusedAccounts(ctx, &before); err == nil && n > 0 {
		found = append(found, warnUnused.Found("count", strconv.FormatInt(n, 10)))
	}
	rows, err := q.AccountsOfStoppedStaff(ctx, staffSweepSize)
	if err == nil && len(rows) > 0 {
		found = append(found, warnOutlived.Found("count", strconv.Itoa(len(rows))))
	}
	return found
}
