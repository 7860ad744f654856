package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/approval"
	"yingda/internal/audit"
	"yingda/internal/calendar"
	"yingda/internal/demo"
	"yingda/internal/identity"
	"yingda/internal/interaction"
	"yingda/internal/numbering"
	"yingda/internal/organization"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/config"
	"yingda/internal/platform/health"
	"yingda/internal/platform/httpapi"
	"yingda/internal/platform/httpapi/idempotency"
	"yingda/internal/platform/httpapi/live"
	"yingda/internal/platform/httpclient"
	"yingda/internal/platform/jobs"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/outbox"
	"yingda/internal/platform/secret"
	"yingda/internal/platform/timer"
	"yingda/internal/platform/webhook"
	"yingda/internal/report"
	"yingda/internal/routing"
	"yingda/internal/setting"
	"yingda/internal/voice"
	"yingda/internal/voice/recording"
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
	calendar     *calendar.Service
	numbering    *numbering.Service
	journal      *interaction.Journal
	interaction  *interaction.Service
	recording    *recording.Service
	routing      *routing.Service
	voice        *voice.Service
	traffic      *demo.Traffic // nil: no demonstration
	report       *report.Service
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
	d.calendar.RegisterAPI(api)
	d.numbering.RegisterAPI(api)
	d.interaction.RegisterAPI(api)
	d.interaction.RegisterDeskAPI(api)
	d.recording.RegisterAPI(api)
	d.routing.RegisterAPI(api)
	d.voice.RegisterAPI(api)
	d.voice.RegisterDeskAPI(api)
	d.report.RegisterAPI(api)
	d.traffic.RegisterAPI(api)
	if d.live != nil { // a live connection is no endpoint that OpenAPI can describe
		api.Mount("GET /api/live", httpapi.SignedIn, d.live)
	}
}

// joinDomains constructs the domains and everything they need from each other.
func (a *App) joinDomains(ctx context.Context) error {
	clients := httpclient.NewMetrics(a.metrics, "sms", "webhook", "oidc")
	client := func(name string) *httpclient.Client {
		c := httpclient.New(httpclient.Config{
			Name: name, AllowNetworks: a.cfg.Client.AllowNetworks, Retry: httpclient.Retry{Attempts: 1}, // retries are jobs
			Clock: a.clock, Logger: a.log, Metrics: clients,
		})
		a.monitor.Register(c.Health())
		a.running = append(a.running, closer{name + "-client", c.Close})
		return c
	}
	var d domains
	a.domains = &d
	d.live = live.New(live.Config{Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics, User: identity.LiveUser})
	var err error
	if d.organization, err = a.joinOrganization(ctx); err != nil {
		return err
	}
	if d.notify, err = notify.New(notify.Config{
		Pool: a.pool, Ring: a.keys, Email: emailConfig(a.cfg), SMS: smsConfig(a.cfg), HTTP: client("sms"),
		Clock: a.clock, Logger: a.log, Metrics: a.metrics, Record: a.recordMessage, Exported: a.recordMessageExport,
	}); err != nil {
		return err
	}
	d.audit = a.joinAudit(d.notify)
	d.approval = a.joinApproval()
	if d.setting, err = a.joinSetting(ctx, d.organization, d.approval); err != nil {
		return err
	}
	if d.identity, err = a.joinIdentity(ctx, d.organization, d.notify, catalogue(), identityPolicy(d.setting), client, d.live.Disconnect); err != nil {
		return err
	}
	if d.control, err = a.joinControl(d.identity, d.approval); err != nil {
		return err
	}
	if d.calendar, err = a.joinCalendar(ctx, d.organization, d.setting); err != nil {
		return err
	}
	if d.numbering, err = a.joinNumbering(ctx, d.organization); err != nil {
		return err
	}
	if d.journal, err = a.joinJournal(ctx); err != nil {
		return err
	}
	if d.interaction, err = a.joinInteraction(ctx, d.organization, d.setting, d.numbering); err != nil {
		return err
	}
	if d.recording, err = a.joinRecording(ctx, d.setting); err != nil {
		return err
	}
	if d.voice, err = a.joinVoiceDomain(ctx, d.organization, d.setting); err != nil {
		return err
	}
	if d.routing, err = a.joinRouting(ctx, d.organization, d.setting); err != nil {
		return err
	}
	d.report = a.joinReport(d.organization)
	d.webhook = webhook.New(webhook.Config{
		Pool: a.pool, Bus: a.bus, Ring: a.keys, HTTP: client("webhook"), Topics: notify.Topics(),
		Clock: a.clock, Logger: a.log, Metrics: a.metrics, Record: a.recordWebhook,
	})
	for _, c := range []health.Component{
		outbox.Health(a.pool, a.clock, a.cfg.Outbox.Retention), jobs.Health(a.pool, a.clock),
		d.notify.Health(), d.webhook.Health(), d.live.Health(), d.organization.Health(),
	} {
		a.monitor.Register(c)
	}
	if err := a.begin(ctx, d.live); err != nil {
		return err
	}
	return a.tellPages(ctx)
}

// recordMessageExport writes down who took the list of messages away.
func (a *App) recordMessageExport(ctx context.Context, tx pgx.Tx, f notify.Filter, messages int) error {
	return audit.Write(ctx, tx, a.clock.Now(), audit.Entry{
		Action: "notify.message.export", Object: audit.Object{Kind: "notify.message", Label: strings.TrimSpace(string(f.Channel) + " " + string(f.State))},
		Changes: []audit.Change{{Field: "messages", New: messages}},
	})
}

// recordMessage writes down who wrote and sent a message.
func (a *App) recordMessage(ctx context.Context, tx pgx.Tx, id notify.MessageID, m notify.Message) error {
	return audit.Write(ctx, tx, a.clock.Now(), audit.Entry{
		Action: "notify.message.send", Object: audit.Object{Kind: "notify.message", ID: id.String(), Label: m.Subject},
		Changes: []audit.Change{{Field: "recipient", New: m.Recipient}, {Field: "channel", New: string(m.Channel)}},
	})
}

// recordWebhook writes down who changed which systems are told.
func (a *App) recordWebhook(ctx context.Context, tx pgx.Tx, act string, id webhook.SubscriptionID, url string) error {
	about := audit.Object{Kind: "webhook.subscription", Label: url}
	if !id.IsZero() { // zero: the whole list was taken away
		about.ID = id.String()
	}
	return audit.Write(ctx, tx, a.clock.Now(), audit.Entry{Action: act, Object: about})
}

// startWorkers starts what works in the background, if this process has the role.
func (a *App) startWorkers(ctx context.Context) error {
	if !a.cfg.Has(config.Worker) {
		return nil
	}
	registry := jobs.NewRegistry()
	a.domains.notify.Register(registry)
	a.domains.webhook.Register(registry)
	a.domains.organization.RegisterJobs(registry)
	a.domains.numbering.Register(registry)
	a.domains.interaction.RegisterJobs(registry)
	a.domains.recording.RegisterJobs(registry)
	a.domains.voice.Register(registry)
	sweepBlobs(registry, a.blobs)
	worker, err := jobs.New(jobs.Config{Pool: a.pool, Registry: registry, Logger: a.log, Metrics: a.metrics, Node: a.cfg.Node})
	if err != nil {
		return err
	}
	clockwork := timer.NewWorker(timer.Config{Pool: a.pool, Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer()})
	a.monitor.Register(clockwork.Health())
	a.domains.handleRequests(clockwork)
	return errors.Join(
		a.begin(ctx, outbox.NewRelay(outbox.RelayConfig{
			Pool: a.pool, Bus: a.bus, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer(), Retention: a.cfg.Outbox.Retention,
		})),
		a.begin(ctx, outbox.NewKeeper(outbox.KeeperConfig{
			Pool: a.pool, Clock: a.clock, Logger: a.log, Metrics: a.metrics.Registerer(), Retention: a.cfg.Outbox.Retention,
		})),
		a.begin(ctx, a.domains.webhook.Consumer()),
		a.startAudit(ctx, a.domains.audit),
		a.startControl(ctx),
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
