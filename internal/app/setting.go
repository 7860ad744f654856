package app

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/approval"
	"yingda/internal/calendar"
	"yingda/internal/identity"
	"yingda/internal/interaction"
	"yingda/internal/organization"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/node"
	"yingda/internal/voice/recording"
)

var (
	groupSession  = setting.Group{Key: "session", ZH: "登录与会话", EN: "Sign-in and sessions"}
	groupPassword = setting.Group{Key: "password", ZH: "密码", EN: "Passwords"}

	demanded = identity.DefaultPolicy()
)

// The settings of identity, which stands above setting and so cannot declare them itself. They hold for the whole
// installation: the nation's value counts.
var (
	sessionIdle = setting.NewDuration(setting.Definition{
		Key: "identity.session.idle", Default: demanded.SessionIdle, Min: time.Minute, Max: 24 * time.Hour, Stricter: setting.Lower, Nationwide: true, Group: groupSession,
		ZH: "空闲退出时间", EN: "Idle sign-out", HelpZH: "多久没有任何操作就自动退出登录。", HelpEN: "After how long without a request a session ends.",
	})
	sessionMax = setting.NewDuration(setting.Definition{
		Key: "identity.session.longest", Default: demanded.SessionMax, Min: time.Hour, Max: 7 * 24 * time.Hour, Stricter: setting.Lower, Nationwide: true, Group: groupSession,
		ZH: "一次登录最长时间", EN: "Longest session", HelpZH: "无论是否在操作，登录多久后必须重新登录。", HelpEN: "After how long everybody signs in again, however busy.",
	})
	sessionCount = setting.NewInt(setting.Definition{
		Key: "identity.session.count", Default: int64(demanded.Sessions), Min: 1, Max: 50, Unit: "sessions", Stricter: setting.Lower, Nationwide: true, Group: groupSession,
		ZH: "同时登录数", EN: "Sessions at once", HelpZH: "一个账号最多同时登录几处；再登录时最早的一处退出。", HelpEN: "How many sessions an account may have; the oldest ends when there is one more.",
	})
	tokenLife = setting.NewDuration(setting.Definition{
		Key: "identity.token.longest", Default: demanded.TokenMax, Min: 24 * time.Hour, Max: 3 * 366 * 24 * time.Hour, Stricter: setting.Lower, Important: true, Nationwide: true, Group: groupSession,
		ZH: "接口令牌最长有效期", EN: "Longest life of an API token", HelpZH: "新建接口令牌时允许的最长有效期。", HelpEN: "The longest life that a new API token may have.",
	})
	secondFactor = setting.NewChoice(setting.Definition{
		Key: "identity.second_factor", Default: "grave", Stricter: setting.Listed, Important: true, Nationwide: true, Group: groupSession,
		ZH: "必须使用动态口令的人", EN: "Who needs a second factor",
		HelpZH: "“持有重要权限的人”指其角色含有标为重要的权限。改为“所有人”后，没有绑定的人下次登录时先绑定。", HelpEN: "Holders of grave permissions are those whose roles have one that is marked so. With everybody, people without one set it up at their next sign-in.",
		Choices: []setting.Option{{Value: "nobody", ZH: "自愿", EN: "Nobody"}, {Value: "grave", ZH: "持有重要权限的人", EN: "Holders of grave permissions"}, {Value: "all", ZH: "所有人", EN: "Everybody"}},
	})
	passwordLength = setting.NewInt(setting.Definition{
		Key: "identity.password.length", Default: int64(demanded.Password.MinLength), Min: 8, Max: 64, Unit: "characters", Stricter: setting.Higher, Important: true, Nationwide: true, Group: groupPassword,
		ZH: "密码最短长度", EN: "Shortest password", HelpZH: "新密码至少多少个字符。已有密码在下次修改时检查。", HelpEN: "At least so many characters in a new password. Passwords that are there are checked when they are changed.",
	})
	passwordClasses = setting.NewInt(setting.Definition{
		Key: "identity.password.classes", Default: int64(demanded.Password.Classes), Min: 1, Max: 4, Unit: "classes", Stricter: setting.Higher, Important: true, Nationwide: true, Group: groupPassword,
		ZH: "密码字符种类", EN: "Kinds of characters", HelpZH: "小写字母、大写字母、数字、其他字符中至少要有几种。", HelpEN: "Of small letters, capitals, digits and all else, at least so many kinds.",
	})
	passwordHistory = setting.NewInt(setting.Definition{
		Key: "identity.password.history", Default: int64(demanded.Password.History), Min: 0, Max: 24, Unit: "passwords", Stricter: setting.Higher, Nationwide: true, Group: groupPassword,
		ZH: "不可重复使用的旧密码", EN: "Old passwords not taken again", HelpZH: "最近几个用过的密码不能再用。", HelpEN: "The newest so many passwords are not taken again.",
	})
	passwordAge = setting.NewDuration(setting.Definition{
		Key: "identity.password.longest", Default: demanded.Password.MaxAge, Min: time.Duration(0), Max: 3 * 366 * 24 * time.Hour, Nationwide: true, Group: groupPassword,
		ZH: "密码有效期", EN: "Life of a password", HelpZH: "超过后下次登录必须修改密码；0 表示不过期。", HelpEN: "After it the password must be changed at the next sign-in; 0: never.",
	})
)

// settingRegistry is every setting of this program.
func settingRegistry() *setting.Registry {
	return setting.NewRegistry([]setting.Definition{
		sessionIdle.Definition(), sessionMax.Definition(), sessionCount.Definition(), tokenLife.Definition(), secondFactor.Definition(),
		passwordLength.Definition(), passwordClasses.Definition(), passwordHistory.Definition(), passwordAge.Definition(),
	}, calendar.Definitions(), interaction.Definitions(), recording.Definitions(), routing.Definitions(), setting.Definitions(), voice.Definitions(), node.Definitions())
}

// codeTrees are the trees that later domains refer to; people fill them from the start.
func codeTrees() []setting.TreeDefinition {
	return []setting.TreeDefinition{
		{Key: "contact.reason", ZH: "来话原因（小结）", EN: "Reasons of contacts", Levels: 4},
		{Key: "workorder.category", ZH: "工单分类", EN: "Categories of work orders", Levels: 4},
		{Key: "complaint.cause", ZH: "投诉原因", EN: "Causes of complaints", Levels: 3},
	}
}

// joinSetting makes the settings; every process follows them, whatever its roles.
func (a *App) joinSetting(ctx context.Context, units *organization.Service, approvals *approval.Service) (*setting.Service, error) {
	s := setting.New(setting.Config{
		Pool: a.pool, Organization: units, Approval: approvals, Registry: settingRegistry(), Clock: a.clock, Logger: a.log,
	})
	a.monitor.Register(s.Health())
	if err := s.Declare(actor.With(ctx, actor.System("setting.declare", setting.TreeEdit)), codeTrees()...); err != nil {
		return nil, fmt.Errorf("declare the code trees: %w", err)
	}
	return s, a.begin(ctx, s.Follower(a.bus))
}

// identityPolicy gives what identity demands now, from the settings.
func identityPolicy(s *setting.Service) func() identity.Policy {
	return func() identity.Policy {
		nation := uuid.Nil // a centre that is not in the tree has the nation's value
		p := identity.DefaultPolicy()
		p.SessionIdle, p.SessionMax = sessionIdle.Get(s, nation), sessionMax.Get(s, nation)
		p.Sessions, p.TokenMax = int(sessionCount.Get(s, nation)), tokenLife.Get(s, nation)
		p.Password.MinLength, p.Password.Classes = int(passwordLength.Get(s, nation)), int(passwordClasses.Get(s, nation))
		p.Password.History, p.Password.MaxAge = int(passwordHistory.Get(s, nation)), passwordAge.Get(s, nation)
		switch secondFactor.Get(s, nation) {
		case "nobody":
			p.NoTOTP = true
		case "all":
			p.TOTPFor = func(actor.Definition) bool { return true }
		}
		return p
	}
}
