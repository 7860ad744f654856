package app

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"yingda/internal/identity"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/config"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/lifecycle"
	"yingda/web"
)

// openPages puts the API and the pages behind the open port; from here on /readyz may say 200.
func (a *App) openPages(ctx context.Context) error {
	a.monitor.Register(rolesHealth(a.cfg))
	api, err := a.newAPI(ctx)
	if err != nil {
		return err
	}
	a.monitor.Register(api.Health())
	a.monitor.OnChange(func(health.Report) { a.tell("health.changed") })
	a.monitor.Look(ctx)
	if err := a.begin(ctx, lifecycle.NewLoop("health", a.log, func(ctx context.Context) error {
		return a.monitor.Run(ctx, healthEvery)
	})); err != nil {
		return err
	}
	a.entrance.Open(api)
	return a.begin(ctx, lifecycle.Func("requests", nil, api.Drain)) // the first to stop: handlers need all the rest
}

func (a *App) newAPI(ctx context.Context) (*httpapi.API, error) {
	cursorKey, err := a.keys.MAC("httpapi.cursor", nil)
	if err != nil {
		return nil, err
	}
	c := httpapi.Config{
		Version: a.build.Version, Logger: a.log, Clock: a.clock, Pool: a.pool, Metrics: a.metrics,
		Ready: a.ready, CursorKey: cursorKey,
		Guard: a.domains.identity.Guard, Permit: permit, Client: identity.Client, OnReveal: a.domains.audit.OnReveal(),
	}
	if a.cfg.Tracing.Endpoint != "" {
		c.Tracer = a.tracing.Tracer("yingda/httpapi")
	}
	if a.cfg.Has(config.Web) {
		if err := httpapi.CheckBundle(web.Files(), a.build.Version); err != nil {
			return nil, err
		}
		c.Web = web.Files()
	}
	api := httpapi.New(c)
	a.registerHealth(api)
	if a.cfg.Has(config.Web) {
		a.domains.register(api)
	}
	return api, nil
}

// ready answers /readyz: every started role serves.
func (a *App) ready() (bool, string) {
	report := a.monitor.Last()
	if report.Ready {
		return true, "ready"
	}
	var words []string
	for _, l := range report.Lines(health.English) {
		if l.Severity == health.Fault {
			words = append(words, l.Code+": "+l.Title)
		}
	}
	return false, strings.Join(words, "; ")
}

// WriteOpenAPI describes the API of this build without starting anything.
func WriteOpenAPI(w io.Writer, build Build) error {
	api := httpapi.New(httpapi.Config{Version: build.Version, Logger: slog.New(slog.DiscardHandler), Clock: clock.System()})
	(&App{}).registerHealth(api)
	(&domains{}).register(api)
	return api.WriteOpenAPI(w)
}
