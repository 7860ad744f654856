package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/identity"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/bus"
	"yingda/internal/platform/config"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/httpapi/live"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/timer"
	"yingda/internal/platform/webhook"
	"yingda/internal/setting"
)

// domains are the parts that own words of the business, and what they share.
type domains struct {
	live         *live.Hub
	notify       *notify.Service
	webhook      *webhook.Service
	audit        *audit.Service
	organization *organization.Service
	approval     *approval.Service
	identity     *identity.Service
	control      *identity.ControlService
	setting      *setting.Service
	numbering    *numbering.Service
}

// register adds the routes; it also runs without any service behind, to describe the API.
func (d *domains) register(api *httpapi.API) {
	d.notify.RegisterAPI(api)
	d.webhook.RegisterAPI(api)
	d.audit.RegisterAPI(api)
	d.organization.RegisterAPI(api)
	d.organization.RegisterStaffAPI(api)
	d.approval.RegisterAPI(api)
	d.identity.RegisterAPI(api)
	d.control.RegisterAPI(api)
	d.setting.RegisterAPI(api)
	d.numbering.RegisterAPI(api)
	if d.live != nil { // a live connection is no endpoint that OpenAPI can describe
		api.Mount("GET /api/live", httpapi.SignedIn, d.live)
	}
}

// joinDomains constructs the domains and everything they need from each other.
func (a *App) joinDomains(ctx context.Context) error {
	clients := httpclient.NewMetrics(a.metrics, "sms", "webhook")
	client := func(name string) *httpclient.Client {
		c := httpclient.New(httpclient.Config{
			Name: name, AllowNetworks: a.cfg.Client.AllowNetworks, Retry: httpclient.Retry{Attempts: 1}, // retries are jobs
			Clock: a.clock, Logger: a.log, Metrics: clients,
		})
		a.monitor.Register(c.Health())
		a.running = append(a.running, closer{name + "-client", c.Close})
		return c
	}
	units, err := a.joinOrganization(ctx)
	if err != nil {
		return err
	}
	messages, err := notify.New(notify.Config{
		Pool: a.pool, Ring: a.keys, Email: emailConfig(a.cfg), SMS: smsConfig(a.cfg), HTTP: client("sms"),
		Clock: a.clock, Logger: a.log, Metrics: a.metrics,
	})
	if err != nil {
		return err
	}
	hooks := webhook.New(webhook.Config{
		Pool: a.pool, Bus: a.bus, Ring: a.keys, HTTP: client("webhook"), Topics: notify.Topics(),
		Clock: a.clock, Logger: a.log, Metrics: a.metrics,
	})
	hub := live.New(live.Config{Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics})
	a.domains = &domains{organization: units, live: hub, audit: a.joinAudit(messages), notify: messages, webhook: hooks}
	for _, c := range []health.Component{
		outbox.Health(a.pool, a.clock, a.cfg.Outbox.Retention), jobs.Health(a.pool, a.clock),
		messages.Health(), hooks.Health(), hub.Health(),
	} {
		a.monitor.Register(c)
	}
	if err := a.begin(ctx, hub); err != nil {
		return err
	}
	return errors.Join(a.tellPages(ctx), a.tellOrganization(ctx))
}

// tellPages lets open pages hear that the list of messages changed. One process of all hears each
// event of the bus and tells the pages of every process.
func (a *App) tellPages(ctx context.Context) error {
	sub, err := a.bus.Subscribe(outbox.Subject("notify.>"), "live", func(context.Context, bus.Message) {
		a.tell("messages.changed")
	})
	if err != nil {
		return fmt.Errorf("listen for changes of messages: %w", err)
	}
	return a.begin(ctx, lifecycle.Func("live-messages", nil, sub.Stop))
}

// tell lets every open page know that a topic changed; pages then read what they show.
func (a *App) tell(topic string) {
	if err := a.domains.live.Broadcast(topic, struct{}{}); err != nil {
		a.log.Error("live event", "topic", topic, "error", err)
	}
}

// startWorkers starts what works in the background, if this process has the role.
func (a *App) startWorkers(ctx context.Context) error {
	if !a.cfg.Has(config.Worker) {
		return nil
	}
	registry := jobs.NewRegistry()
	a.domains.notify.Register(registry)
	a.domains.webhook.Register(registry)
	sweepBlobs(registry, a.blobs)
	worker, err := jobs.New(jobs.Config{Pool: a.pool, Registry: registry, Logger: a.log, Metrics: a.metrics, Node: a.cfg.Node})
	if err != nil {
		return err
	}
	clockwork := timer.NewWorker(timer.Config{Pool: a.pool, Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer()})
	a.monitor.Register(clockwork.Health())
	return errors.Join(
		a.begin(ctx, outbox.NewRelay(outbox.RelayConfig{
			Pool: a.pool, Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer(), Retention: a.cfg.Outbox.Retention,
		})),
		a.begin(ctx, outbox.NewKeeper(outbox.KeeperConfig{
			Pool: a.pool, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer(), Retention: a.cfg.Outbox.Retention,
		})),
		a.begin(ctx, a.domains.webhook.Consumer()),
		a.startAudit(ctx, a.domains.audit),
		a.begin(ctx, idempotency.NewStore(a.pool, a.clock).Sweeper(a.log)),
		a.begin(ctx, clockwork),
		a.begin(ctx, worker),
	)
}

// sweepArgs is the daily job that removes what uploads left behind when they were cut off.
type sweepArgs struct{}

func (sweepArgs) Kind() string { return "blob_sweep" }

func sweepBlobs(r *jobs.Registry, store blob.Store) {
	jobs.Add(r, 10*time.Minute, func(ctx context.Context, _ *jobs.Job[sweepArgs]) error {
		_, err := store.Sweep(ctx, 24*time.Hour)
		return err
	})
	r.Every(24*time.Hour, "blob_sweep", func() jobs.Args { return sweepArgs{} })
}

func emailConfig(cfg config.Config) *notify.EmailConfig {
	if cfg.SMTP.Host == "" {
		return nil
	}
	return &notify.EmailConfig{
		Host: cfg.SMTP.Host, Port: cfg.SMTP.Port, Security: notify.Security(cfg.SMTP.Security),
		User: cfg.SMTP.User, Password: secret.Hide(cfg.SMTP.Password), From: cfg.SMTP.From, FromName: "应答",
	}
}

func smsConfig(cfg config.Config) *notify.SMSConfig {
	if cfg.SMS.URL == "" {
		return nil
	}
	return &notify.SMSConfig{
		URL: cfg.SMS.URL, Method: cfg.SMS.Method, Headers: cfg.SMS.Headers, Body: cfg.SMS.Body, ContentType: cfg.SMS.ContentType,
		Charset: notify.Charset(cfg.SMS.Charset), Token: secret.Hide(cfg.SMS.Token), Success: cfg.SMS.Success,
	}
}
