package trunk

import (
	"context"
	"strconv"
	"strings"

	"yingda/internal/platform/health"
)

var (
	warnDown = &health.Warning{
		Code: "trunk.down", Severity: health.Fault,
		Chinese: health.Text{Title: "中继不可用", Cause: "中继“{trunk}”的所有地址（{hosts}）都没有应答探测。", Remedy: "检查到运营商的网络、防火墙和对端设备；在“中继”页面点“测试”查看每个地址的应答。恢复后会自动使用，无需重启。"},
		English: health.Text{Title: "A trunk is down", Cause: "No address of trunk {trunk} ({hosts}) answers our questions.", Remedy: "Check the network to the carrier, the firewall and the carrier's side; the test button of the trunks page shows each address's answer. The trunk is used again by itself."},
	}
	warnHostDown = &health.Warning{
		Code: "trunk.host_down", Severity: health.Caution,
		Chinese: health.Text{Title: "中继的部分地址不可用", Cause: "中继“{trunk}”的地址 {hosts} 没有应答，呼叫走其余地址。", Remedy: "请运营商检查这些地址；长期不用的地址可从中继中删除。"},
		English: health.Text{Title: "A trunk has lost some of its addresses", Cause: "{hosts} of trunk {trunk} do not answer; calls take the others.", Remedy: "Ask the carrier about these addresses; remove those that are no longer in use."},
	}
	warnLost = &health.Warning{
		Code: "trunk.registration_lost", Severity: health.Fault,
		Chinese: health.Text{Title: "中继注册丢失", Cause: "中继“{trunk}”没有在运营商处注册成功（最近的应答：{answer}），来电可能到不了。", Remedy: "检查中继的地址和网络；系统会一直重试，最多每 2 分钟一次。"},
		English: health.Text{Title: "A trunk's registration is lost", Cause: "Trunk {trunk} is not registered at its carrier (last answer: {answer}); calls may not come in.", Remedy: "Check the trunk's address and the network; it is tried again all the time, at least every 2 minutes."},
	}
	warnRefused = &health.Warning{
		Code: "trunk.registration_refused", Severity: health.Fault,
		Chinese: health.Text{Title: "中继的账号或密码被拒绝", Cause: "运营商以 {answer} 拒绝了中继“{trunk}”的注册。", Remedy: "向运营商核对账号和密码，在“中继”页面修改；为避免被锁定，每 2 分钟只重试一次。"},
		English: health.Text{Title: "A trunk's name or password is refused", Cause: "The carrier refused the registration of trunk {trunk} with {answer}.", Remedy: "Check name and password with the carrier and correct them on the trunks page; it is tried every 2 minutes only, so that the carrier does not lock the account."},
	}
)

// Health tells whether every trunk in use works.
func (m *Manager) Health() health.Component {
	return health.Component{
		Name: "trunk", Chinese: "所有中继可用", English: "All trunks work",
		Warnings: []*health.Warning{warnDown, warnHostDown, warnLost, warnRefused},
		Check: func(context.Context) []health.Finding {
			var found []health.Finding
			for _, s := range m.Snapshot() {
				found = append(found, findings(s)...)
			}
			return found
		},
	}
}

func findings(s Status) []health.Finding {
	if s.State == Off {
		return nil
	}
	var out []health.Finding
	var down []string
	for _, h := range s.Hosts {
		if h.State == Down {
			down = append(down, h.Host)
		}
	}
	switch {
	case s.State == Down && len(down) > 0:
		out = append(out, warnDown.Found("trunk", s.Name, "hosts", strings.Join(down, ", ")))
	case len(down) > 0:
		out = append(out, warnHostDown.Found("trunk", s.Name, "hosts", strings.Join(down, ", ")))
	}
	switch s.Registered {
	case Lost:
		answer := "-"
		if s.RegisterAnswer > 0 {
			answer = strconv.Itoa(s.RegisterAnswer)
		}
		out = append(out, warnLost.Found("trunk", s.Name, "answer", answer))
	case Refused:
		out = append(out, warnRefused.Found("trunk", s.Name, "answer", strconv.Itoa(s.RegisterAnswer)))
	case NotNeeded, Trying, Accepted:
	}
	return out
}
