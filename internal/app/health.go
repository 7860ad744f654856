package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
)

// certificateSoon is how long before its end a certificate should be renewed.
const certificateSoon = 30 * 24 * time.Hour

var (
	warnCertificateSoon = &health.Warning{
		Code: "tls.certificate_ends_soon", Severity: health.Caution,
		Chinese: health.Text{Title: "HTTPS 证书即将到期", Cause: "证书将于 {day} 到期。", Remedy: "更换证书后重启；本地证书用 yingda tls init 续期。"},
		English: health.Text{Title: "The HTTPS certificate ends soon", Cause: "It is valid until {day}.", Remedy: "Replace it and restart; `yingda tls init` renews a local one."},
	}
	warnCertificateEnded = &health.Warning{
		Code: "tls.certificate_ended", Severity: health.Fault,
		Chinese: health.Text{Title: "HTTPS 证书已过期", Cause: "证书已于 {day} 到期，浏览器会拒绝打开页面。", Remedy: "更换证书后重启；本地证书用 yingda tls init 续期。"},
		English: health.Text{Title: "The HTTPS certificate has ended", Cause: "It was valid until {day}; browsers refuse the pages.", Remedy: "Replace it and restart; `yingda tls init` renews a local one."},
	}
	warnNotBuilt = &health.Warning{
		Code: "build.role_missing", Severity: health.Info,
		Chinese: health.Text{Title: "此版本不包含部分角色", Cause: "配置了角色 {roles}，但此版本中没有。", Remedy: "无需处理；升级到包含该部分的版本后自动启用。"},
		English: health.Text{Title: "Some roles are not in this build", Cause: "The roles {roles} are asked for, but this build does not have them.", Remedy: "Nothing to do; a version that has them will start them."},
	}
)

func certificateHealth(pair tls.Certificate, c clock.Clock) health.Component {
	return health.Component{
		Name: "tls", Chinese: "HTTPS 证书有效", English: "The HTTPS certificate is valid",
		Warnings: []*health.Warning{warnCertificateSoon, warnCertificateEnded},
		Check: func(context.Context) []health.Finding {
			leaf, err := x509.ParseCertificate(pair.Certificate[0])
			if err != nil {
				return []health.Finding{warnCertificateEnded.Found("day", "?")}
			}
			return judgeCertificate(leaf.NotAfter, c.Now())
		},
	}
}

// judgeCertificate says what to tell about a certificate that is valid until end.
func judgeCertificate(end, now time.Time) []health.Finding {
	day := end.Format(time.DateOnly)
	switch {
	case !now.Before(end):
		return []health.Finding{warnCertificateEnded.Found("day", day)}
	case end.Sub(now) < certificateSoon:
		return []health.Finding{warnCertificateSoon.Found("day", day)}
	}
	return nil
}

func rolesHealth(cfg config.Config) health.Component {
	return health.Component{
		Name: "build", Chinese: "配置的角色都已启动", English: "Every role asked for is started",
		Warnings: []*health.Warning{warnNotBuilt},
		Check: func(context.Context) []health.Finding {
			missing := cfg.NotBuilt()
			if len(missing) == 0 {
				return nil
			}
			names := make([]string, 0, len(missing))
			for _, r := range missing {
				names = append(names, string(r))
			}
			return []health.Finding{warnNotBuilt.Found("roles", strings.Join(names, ", "))}
		},
	}
}

type healthInput struct {
	Lang string `query:"lang" enum:"zh-CN,en" default:"zh-CN" doc:"Language of the texts"`
}

type healthOutput struct{ Body healthBody }

type healthBody struct {
	Status       string             `json:"status" enum:"ok,info,warning,fault" doc:"The worst of all checks"`
	Installation installationBody   `json:"installation"`
	Checks       []healthCheckBody  `json:"checks" doc:"Worst first"`
	Parts        []healthPartStatus `json:"parts" doc:"Parts of the house and whether this build has them"`
}

type installationBody struct {
	Version   string    `json:"version"`
	Revision  string    `json:"revision"`
	Node      string    `json:"node" doc:"Name of the process that answers"`
	StartedAt time.Time `json:"started_at"`
	Roles     []string  `json:"roles" doc:"Parts of the work that this process takes"`
	Database  string    `json:"database" doc:"Version, and whether it is our own"`
	DataDir   string    `json:"data_dir"`
}

type healthCheckBody struct {
	Code      string            `json:"code" doc:"Stable: component.reason"`
	Component string            `json:"component"`
	Severity  string            `json:"severity" enum:"ok,info,warning,fault"`
	Title     string            `json:"title"`
	Cause     string            `json:"cause"`
	Remedy    string            `json:"remedy"`
	Since     time.Time         `json:"since"`
	Details   []healthParamBody `json:"details"`
}

type healthParamBody struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type healthPartStatus struct {
	Part  string `json:"part" doc:"A role"`
	State string `json:"state" enum:"running,idle,not_in_build" doc:"idle: another process may have it"`
}

const healthRead = "platform.health.read"

// localHealth is where `yingda doctor` asks a process of this machine, which signs nobody in.
const localHealth = "/local/health"

// registerHealth adds GET /api/health.
func (a *App) registerHealth(api *httpapi.API) {
	httpapi.Register(api, httpapi.Route{
		Method: "GET", Path: "/api/health", ID: "get-health", Summary: "How the installation is, in words", Permission: healthRead, Tags: []string{"health"},
	}, func(_ context.Context, in *healthInput) (*healthOutput, error) {
		return &healthOutput{Body: a.healthBody(health.Language(in.Lang))}, nil
	})
	api.MountLocal("GET "+localHealth, healthRead, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a.healthBody(health.English)) // a reader who went away is no trouble of ours
	}))
}

func (a *App) healthBody(lang health.Language) healthBody {
	report := a.monitor.Last()
	body := healthBody{
		Status: string(report.Status),
		Installation: installationBody{
			Version: a.build.Version, Revision: a.build.Revision, Node: a.cfg.Node, StartedAt: a.began,
			Roles: []string{}, Database: a.databaseWords(lang), DataDir: a.cfg.DataDir,
		},
		Checks: []healthCheckBody{},
	}
	for _, r := range a.cfg.Roles {
		body.Installation.Roles = append(body.Installation.Roles, string(r))
	}
	for _, l := range report.Lines(lang) {
		check := healthCheckBody{
			Code: l.Code, Component: l.Component, Severity: string(l.Severity),
			Title: l.Title, Cause: l.Cause, Remedy: l.Remedy, Since: l.Since, Details: []healthParamBody{},
		}
		for _, p := range l.Details {
			check.Details = append(check.Details, healthParamBody(p))
		}
		body.Checks = append(body.Checks, check)
	}
	for _, r := range config.AllRoles {
		body.Parts = append(body.Parts, healthPartStatus{Part: string(r), State: a.partState(r)})
	}
	return body
}

func (a *App) partState(r config.Role) string {
	for _, built := range config.BuiltRoles {
		if built == r {
			if a.cfg.Has(r) {
				return "running"
			}
			return "idle"
		}
	}
	return "not_in_build"
}

func (a *App) databaseWords(lang health.Language) string {
	own := a.server != nil
	switch {
	case own && lang == health.English:
		return fmt.Sprintf("PostgreSQL %s, private", a.server.Version())
	case own:
		return fmt.Sprintf("PostgreSQL %s（内置）", a.server.Version())
	case lang == health.English:
		return "PostgreSQL, external"
	default:
		return "PostgreSQL（外部）"
	}
}
